"""A file for each CloudFormation type of our templates that MiniStack lacks."""
