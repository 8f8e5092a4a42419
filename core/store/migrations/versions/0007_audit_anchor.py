"""Old rows of the audit may go: where it begins is an anchor, and rows go only up to there."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_anchor',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('row_mac', sa.Text(), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('key_id', sa.Text(), nullable=False),
    sa.Column('mac', sa.Text(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_audit_anchor_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_anchor'))
    )
    op.execute("DROP TRIGGER audit_no_delete")
    op.execute(
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "WHEN OLD.id > coalesce((SELECT number FROM audit_anchor), 0) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
    # Only onto a row that is there, only forward, and never onto the newest, which the next one follows on.
    allowed = (
        "NEW.row_mac IS NOT (SELECT mac FROM audit WHERE id = NEW.number) "
        "OR NEW.number >= (SELECT max(id) FROM audit)"
    )
    op.execute(
        f"CREATE TRIGGER audit_anchor_set BEFORE INSERT ON audit_anchor "
        f"WHEN {allowed} OR EXISTS (SELECT 1 FROM audit_anchor) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
    op.execute(
        f"CREATE TRIGGER audit_anchor_moved BEFORE UPDATE ON audit_anchor "
        f"WHEN {allowed} OR NEW.number <= OLD.number "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_anchor_no_delete BEFORE DELETE ON audit_anchor "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_no_delete")
    op.drop_table('audit_anchor')
    op.execute(
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
