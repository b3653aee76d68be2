"""What people read of a step; each name stands in the step's record."""

from dispatch.steps import specs
from dispatch.workflow import Step

STEPS: dict[Step, str] = {step: specs.SPECS[step].label for step in Step}
