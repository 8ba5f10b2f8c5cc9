from tests.front_end import front_end

__all__ = ["front_end"]
