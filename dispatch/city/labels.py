"""What people read of the city's posts."""

from collections.abc import Mapping

from dispatch.city.posts import Post

POSTS_HELD: Mapping[str, str] = {
    Post.HEAD: "第一责任人",
    Post.DEPUTY: "分管负责人",
    Post.CONTACT_A: "A 岗联络员",
    Post.CONTACT_B: "B 岗联络员",
}
