"""Create every table at once, from SQL alone: no code of the program is imported.

The steps before it were never released; the last of them was 0046. `upgrade` refuses their databases by name, because
tables and columns have other names since (hotline.operations.schema).
"""

from pathlib import Path

from alembic import op

revision = "0047"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The driver's own cursor: it takes many statements at once, and no % or : in them for a parameter.
    cursor = op.get_bind().connection.cursor()
    cursor.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
    cursor.close()
