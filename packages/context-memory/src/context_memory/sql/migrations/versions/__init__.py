"""One file a step; what a step does is never changed after a release."""
