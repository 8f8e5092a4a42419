"""Consents with their history, and since when somebody has left."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('consents',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('student_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('given_by', sa.Text(), nullable=True),
    sa.Column('guardian', sa.Text(), nullable=True),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('withdrawn_by', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['student_id'], ['students.id'], name=op.f('fk_consents_student_id_students'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consents_student_id'), ['student_id'], unique=False)
    with op.batch_alter_table('students', schema=None) as batch_op:
        batch_op.add_column(sa.Column('left_at', sa.DateTime(), nullable=True))

    op.execute(
        "INSERT INTO consents (student_id, kind, text, at, recorded_by, recorded_at) "
        "SELECT id, 'given', consent_text, coalesce(consent_at, created_at), 'before records were kept', "
        "coalesce(consent_at, created_at) FROM students WHERE consent_text IS NOT NULL ORDER BY id"
    )
    # Nobody knows when they left; the time after which their faces go begins now.
    op.execute("UPDATE students SET left_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' WHERE NOT active")


def downgrade() -> None:
    with op.batch_alter_table('students', schema=None) as batch_op:
        batch_op.drop_column('left_at')
    op.drop_table('consents')
