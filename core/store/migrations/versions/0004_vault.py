"""Faces are sealed: the keys that seal them, wrapped.

The faces themselves are sealed when the database is opened the next time, in steps that survive a kill.
"""

from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('vault_keys',
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('source_id', sa.Text(), nullable=False),
    sa.Column('params', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('finished', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('generation', name=op.f('pk_vault_keys')),
    sqlite_autoincrement=True
    )


def downgrade() -> None:
    op.drop_table('vault_keys')
