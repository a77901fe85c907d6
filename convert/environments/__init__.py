"""Gymnasium's environments as data: built, described, registered."""
