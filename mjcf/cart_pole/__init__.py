"""CartPole: a pole on a cart that one force moves along a rail."""
