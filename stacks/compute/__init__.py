"""The compute stacks: `stack` is the diagram, the other files what stands in it and may do what."""

from stacks.compute.stack import ComputeStack, PrimaryComputeStack

__all__ = ["ComputeStack", "PrimaryComputeStack"]
