"""`hotline city new`: the folder of a new city, made from what it says of itself and from the sample."""
