"""Tests of the fake itself: that it is as strict as it says."""
