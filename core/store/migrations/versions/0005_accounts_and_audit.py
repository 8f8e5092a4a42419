"""Accounts, what was tried to log in, and the audit that nobody may change."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=True),
    sa.Column('computer_user', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=True),
    sa.Column('session_id', sa.Integer(), nullable=True),
    sa.Column('student_id', sa.Integer(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('before', sa.Text(), nullable=True),
    sa.Column('after', sa.Text(), nullable=True),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('key_id', sa.Text(), nullable=False),
    sa.Column('prev', sa.Text(), nullable=False),
    sa.Column('mac', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_session_id'), ['session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_student_id'), ['student_id'], unique=False)

    op.create_table('audit_sessions',
    sa.Column('session_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('audit_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('session_id', 'audit_id', name=op.f('pk_audit_sessions'))
    )
    op.create_table('login_limits',
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=False),
    sa.Column('locked_until', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_login_limits'))
    )
    with op.batch_alter_table('login_limits', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_limits_last_at'), ['last_at'], unique=False)

    op.create_table('accounts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('teacher_id', sa.Integer(), nullable=True),
    sa.Column('student_id', sa.Integer(), nullable=True),
    sa.Column('active', sa.Boolean(), server_default=sa.text('1'), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('password_at', sa.DateTime(), nullable=True),
    sa.Column('pin_hash', sa.Text(), nullable=True),
    sa.Column('code_hash', sa.Text(), nullable=True),
    sa.Column('code_until', sa.DateTime(), nullable=True),
    sa.Column('last_login_at', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['student_id'], ['students.id'], name=op.f('fk_accounts_student_id_students'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['teacher_id'], ['teachers.id'], name=op.f('fk_accounts_teacher_id_teachers'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('name_key', name=op.f('uq_accounts_name_key')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_accounts_student_id'), ['student_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_accounts_teacher_id'), ['teacher_id'], unique=False)

    op.execute(
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )
    # Also refuses INSERT OR REPLACE, which deletes a row without asking the trigger above.
    op.execute(
        "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit "
        "WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM audit) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
    )


def downgrade() -> None:
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_accounts_teacher_id'))
        batch_op.drop_index(batch_op.f('ix_accounts_student_id'))

    op.drop_table('accounts')
    with op.batch_alter_table('login_limits', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_login_limits_last_at'))

    op.drop_table('login_limits')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_student_id'))
        batch_op.drop_index(batch_op.f('ix_audit_session_id'))
        batch_op.drop_index(batch_op.f('ix_audit_at'))
        batch_op.drop_index(batch_op.f('ix_audit_action'))

    op.drop_table('audit')
    op.drop_table('audit_sessions')
