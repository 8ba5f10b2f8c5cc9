"""What holds for every test."""

from hypothesis import settings

# The same examples each time, and no deadline: the machines that run this are small and busy.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
