"""A page for each bug that the panel exists for: PATH, TITLE, SYMPTOM and urlpatterns."""

from . import expiry_confusion
from .staged import STAGED

PROBLEMS = (*STAGED.values(), expiry_confusion)
