"""What people read of the ways in which figures are divided."""

from web.supervision.figures import By

FIGURES_BY: dict[By, str] = {By.HOUR: "按小时", By.DAY: "按天", By.AGENT: "按接线员"}
