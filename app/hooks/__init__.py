"""Where providers send events by themselves, each in its own way of saying that it is the one who sends."""
