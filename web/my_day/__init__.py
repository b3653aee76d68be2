"""我的一天: what an agent did on one day, and what came back of it. For that agent alone."""
