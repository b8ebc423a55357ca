"""`make permissions`: what each role is granted, which test used it, and what was denied."""
