"""Says what placeholders stand for, for those who write them; see :mod:`sagemaker_roles.placeholders`."""

from ..placeholders import GLOBAL_MEANINGS, Meaning, meanings

__all__ = ["GLOBAL_MEANINGS", "Meaning", "meanings"]
