"""What people read of a step; each name stands in the step's record."""

from core.city_words import WordedTable
from dispatch.steps import specs
from dispatch.workflow import Step

STEPS: dict[Step, str] = WordedTable({step: specs.SPECS[step].label for step in Step})
