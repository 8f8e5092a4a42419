"""Who of a class sits where."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('seat_plans',
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('columns', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['classes.id'], name=op.f('fk_seat_plans_class_id_classes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('class_id', name=op.f('pk_seat_plans'))
    )
    op.create_table('seats',
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('student_id', sa.Integer(), nullable=False),
    sa.Column('seat_row', sa.Integer(), nullable=False),
    sa.Column('seat_column', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['class_id', 'student_id'], ['rosters.class_id', 'rosters.student_id'], name=op.f('fk_seats_class_id_rosters'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('class_id', 'student_id', name=op.f('pk_seats')),
    sa.UniqueConstraint('class_id', 'seat_row', 'seat_column', name=op.f('uq_seats_class_id_seat_row_seat_column'))
    )
    with op.batch_alter_table('seats', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seats_student_id'), ['student_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('seats', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seats_student_id'))
    op.drop_table('seats')
    op.drop_table('seat_plans')
