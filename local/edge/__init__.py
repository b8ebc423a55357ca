"""The stand-in for CloudFront: serves the *deployed* distribution from one loopback port.

Viewers reach it over plain HTTP on this machine; to the distribution's functions and origins the request
looks like the HTTPS request that CloudFront would have passed on.
"""
