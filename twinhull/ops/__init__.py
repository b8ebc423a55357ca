"""What operators do with a deployment: `twinhull status`, `evacuate`, `restore`, `rotate-origin`, `admin`.

It works with any deployment whose stacks are named `<name>-edge` and `<name>-compute-<region>` and have the
outputs that `deployment.py` names. It needs no CDK.
"""
