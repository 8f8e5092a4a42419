"""The register: people, timetable, states of sessions, marks and their history, passages, the outbox."""

import unicodedata
from datetime import UTC, datetime, tzinfo

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rooms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('camera', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rooms')),
    sa.UniqueConstraint('name_key', name=op.f('uq_rooms_name_key'))
    )
    op.create_table('statuses',
    sa.Column('code', sa.String(length=8), nullable=False),
    sa.Column('letter', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('counts_as', sa.Text(), nullable=False),
    sa.Column('points', sa.Double(), nullable=True),
    sa.Column('colour', sa.Text(), nullable=False),
    sa.Column('ink', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('1'), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_statuses'))
    )
    op.create_table('teachers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('active', sa.Boolean(), server_default=sa.text('1'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teachers')),
    sa.UniqueConstraint('name_key', name=op.f('uq_teachers_name_key')),
    sqlite_autoincrement=True
    )
    op.create_table('passages',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('student_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('first_at', sa.DateTime(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=False),
    sa.Column('camera', sa.Text(), nullable=False),
    sa.Column('direction', sa.Text(), nullable=False),
    sa.Column('confidence', sa.Double(), nullable=False),
    sa.Column('picture', sa.LargeBinary(), nullable=False),
    sa.Column('last_picture', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['student_id'], ['students.id'], name=op.f('fk_passages_student_id_students'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passages'))
    )
    with op.batch_alter_table('passages', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passages_day_student_id'), ['day', 'student_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_passages_first_at'), ['first_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_passages_student_id_first_at'), ['student_id', 'first_at'], unique=False)

    op.create_table('class_teachers',
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('teacher_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['classes.id'], name=op.f('fk_class_teachers_class_id_classes'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['teacher_id'], ['teachers.id'], name=op.f('fk_class_teachers_teacher_id_teachers'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('class_id', 'teacher_id', name=op.f('pk_class_teachers'))
    )
    with op.batch_alter_table('class_teachers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_class_teachers_teacher_id'), ['teacher_id'], unique=False)

    op.create_table('closures',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=True),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['classes.id'], name=op.f('fk_closures_class_id_classes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closures'))
    )
    with op.batch_alter_table('closures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_closures_first_day'), ['first_day'], unique=False)

    op.create_table('groups',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['classes.id'], name=op.f('fk_groups_class_id_classes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groups')),
    sa.UniqueConstraint('class_id', 'name_key', name=op.f('uq_groups_class_id_name_key'))
    )
    op.create_table('planned_absences',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('student_id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=True),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['classes.id'], name=op.f('fk_planned_absences_class_id_classes'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['student_id'], ['students.id'], name=op.f('fk_planned_absences_student_id_students'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planned_absences'))
    )
    with op.batch_alter_table('planned_absences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_planned_absences_student_id'), ['student_id'], unique=False)

    op.create_table('group_members',
    sa.Column('group_id', sa.Integer(), nullable=False),
    sa.Column('student_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_group_members_group_id_groups'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['student_id'], ['students.id'], name=op.f('fk_group_members_student_id_students'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('group_id', 'student_id', name=op.f('pk_group_members'))
    )
    with op.batch_alter_table('group_members', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_group_members_student_id'), ['student_id'], unique=False)

    op.create_table('schedules',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('class_id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('weekdays', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('every_weeks', sa.Integer(), nullable=False),
    sa.Column('starts', sa.Time(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['classes.id'], name=op.f('fk_schedules_class_id_classes'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_schedules_group_id_groups'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_schedules_room_id_rooms'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedules')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('schedules', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_schedules_class_id'), ['class_id'], unique=False)

    op.create_table('mails',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_key', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('student_id', sa.Integer(), nullable=True),
    sa.Column('session_id', sa.Integer(), nullable=True),
    sa.Column('recipient_role', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('message_id', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='waiting', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_try_at', sa.DateTime(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('sent_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['session_id'], ['sessions.id'], name=op.f('fk_mails_session_id_sessions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['student_id'], ['students.id'], name=op.f('fk_mails_student_id_students'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mails')),
    sa.UniqueConstraint('event_key', name=op.f('uq_mails_event_key')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('mails', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mails_session_id'), ['session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mails_state_next_try_at'), ['state', 'next_try_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_mails_student_id'), ['student_id'], unique=False)

    op.create_table('mark_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=32), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('student_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('before', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('after', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('undoes', sa.String(length=32), nullable=True),
    sa.Column('undone', sa.Boolean(), server_default=sa.text('0'), nullable=False),
    sa.ForeignKeyConstraint(['session_id'], ['sessions.id'], name=op.f('fk_mark_changes_session_id_sessions'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['student_id'], ['students.id'], name=op.f('fk_mark_changes_student_id_students'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mark_changes')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('mark_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mark_changes_act'), ['act'], unique=False)
        batch_op.create_index(batch_op.f('ix_mark_changes_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_mark_changes_session_id'), ['session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mark_changes_student_id'), ['student_id'], unique=False)

    op.create_table('mail_attachments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mail_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('mime', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['mail_id'], ['mails.id'], name=op.f('fk_mail_attachments_mail_id_mails'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_attachments'))
    )
    with op.batch_alter_table('mail_attachments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mail_attachments_mail_id'), ['mail_id'], unique=False)

    _move_teachers()
    _add_statuses()
    with op.batch_alter_table('classes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('room_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_classes_room_id_rooms'), 'rooms', ['room_id'], ['id'], ondelete='SET NULL')
        batch_op.drop_column('teacher')

    with op.batch_alter_table('marks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('minutes_late', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('reason', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('changed_by', sa.Text(), nullable=True))

    with op.batch_alter_table('rosters', schema=None) as batch_op:
        batch_op.add_column(sa.Column('joined_at', sa.DateTime(), nullable=True))
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('room_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('schedule_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('planned_day', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('title', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('day', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('ends_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('state', sa.Text(), server_default='open', nullable=False))
        batch_op.add_column(sa.Column('opened_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('taken_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('reviewed_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(), nullable=True))
    config = op.get_context().config
    _complete_sessions(config.attributes.get("zone") if config else None)
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.alter_column('day', existing_type=sa.Date(), nullable=False)
        batch_op.alter_column('ends_at', existing_type=sa.DateTime(), nullable=False)
        batch_op.alter_column('opened_at', existing_type=sa.DateTime(), nullable=False)
        batch_op.create_index(batch_op.f('ix_sessions_day'), ['day'], unique=False)
        batch_op.create_index(batch_op.f('ix_sessions_state'), ['state'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_sessions_schedule_id_planned_day'), ['schedule_id', 'planned_day'])
        batch_op.create_foreign_key(batch_op.f('fk_sessions_schedule_id_schedules'), 'schedules', ['schedule_id'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key(batch_op.f('fk_sessions_room_id_rooms'), 'rooms', ['room_id'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key(batch_op.f('fk_sessions_group_id_groups'), 'groups', ['group_id'], ['id'], ondelete='SET NULL')



def _move_teachers() -> None:
    """What was a word of the class becomes a person who can teach several."""
    connection = op.get_bind()
    numbers: dict[str, int] = {}
    rows = connection.execute(sa.text("SELECT id, teacher FROM classes WHERE teacher IS NOT NULL ORDER BY id"))
    for class_id, name in rows.all():
        key = unicodedata.normalize("NFC", name.casefold())
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            connection.execute(
                sa.text("INSERT INTO teachers (id, name, name_key, active) VALUES (:id, :name, :key, 1)"),
                {"id": numbers[key], "name": name, "key": key},
            )
        connection.execute(
            sa.text("INSERT INTO class_teachers (class_id, teacher_id, position) VALUES (:class_id, :teacher, 0)"),
            {"class_id": class_id, "teacher": numbers[key]},
        )


def _add_statuses() -> None:
    columns = ("code", "letter", "name", "counts_as", "points", "colour", "ink", "position")
    rows = (
        ("P", "P", "Present", "present", 1.0, "#DDF1E1", "#17602B", 0),
        ("L", "L", "Late", "late", 1.0, "#FFF0CC", "#7A4B00", 1),
        ("E", "E", "Excused", "excused", None, "#DEEAF7", "#1C4D82", 2),
        ("A", "A", "Absent", "absent", 0.0, "#F9DDDC", "#93211C", 3),
    )
    table = sa.table("statuses", *(sa.column(name) for name in columns))
    op.bulk_insert(table, [dict(zip(columns, row, strict=True)) for row in rows])


def _complete_sessions(zone: tzinfo | None) -> None:
    """Sessions of before are closed: who joined the class since then was not absent in them."""
    connection = op.get_bind()
    # SQLAlchemy keeps a moment as "2026-11-21 09:00:00.000000", and these must compare with what it writes.
    connection.execute(
        sa.text(
            "UPDATE sessions SET ends_at = strftime('%Y-%m-%d %H:%M:%S.000000', starts_at, '+90 minutes'), "
            "opened_at = created_at, taken_at = created_at, closed_at = created_at, state = 'closed'"
        )
    )
    for number, starts_at in connection.execute(sa.text("SELECT id, starts_at FROM sessions")).all():
        moment = datetime.fromisoformat(starts_at).replace(tzinfo=UTC).astimezone(zone)
        connection.execute(
            sa.text("UPDATE sessions SET day = :day WHERE id = :id"), {"day": moment.date().isoformat(), "id": number}
        )


def downgrade() -> None:
    with op.batch_alter_table('rosters', schema=None) as batch_op:
        batch_op.drop_column('joined_at')
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_sessions_group_id_groups'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_sessions_room_id_rooms'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_sessions_schedule_id_schedules'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_sessions_schedule_id_planned_day'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_sessions_state'))
        batch_op.drop_index(batch_op.f('ix_sessions_day'))
        batch_op.drop_column('closed_at')
        batch_op.drop_column('reviewed_at')
        batch_op.drop_column('taken_at')
        batch_op.drop_column('opened_at')
        batch_op.drop_column('state')
        batch_op.drop_column('ends_at')
        batch_op.drop_column('day')
        batch_op.drop_column('title')
        batch_op.drop_column('planned_day')
        batch_op.drop_column('schedule_id')
        batch_op.drop_column('room_id')
        batch_op.drop_column('group_id')

    with op.batch_alter_table('marks', schema=None) as batch_op:
        batch_op.drop_column('changed_by')
        batch_op.drop_column('reason')
        batch_op.drop_column('minutes_late')

    with op.batch_alter_table('classes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('teacher', sa.TEXT(), nullable=True))
        batch_op.drop_constraint(batch_op.f('fk_classes_room_id_rooms'), type_='foreignkey')
        batch_op.drop_column('room_id')

    with op.batch_alter_table('mail_attachments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mail_attachments_mail_id'))

    op.drop_table('mail_attachments')
    with op.batch_alter_table('mark_changes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mark_changes_student_id'))
        batch_op.drop_index(batch_op.f('ix_mark_changes_session_id'))
        batch_op.drop_index(batch_op.f('ix_mark_changes_at'))
        batch_op.drop_index(batch_op.f('ix_mark_changes_act'))

    op.drop_table('mark_changes')
    with op.batch_alter_table('mails', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mails_student_id'))
        batch_op.drop_index(batch_op.f('ix_mails_state_next_try_at'))
        batch_op.drop_index(batch_op.f('ix_mails_session_id'))

    op.drop_table('mails')
    with op.batch_alter_table('schedules', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_schedules_class_id'))

    op.drop_table('schedules')
    with op.batch_alter_table('group_members', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_group_members_student_id'))

    op.drop_table('group_members')
    with op.batch_alter_table('planned_absences', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_planned_absences_student_id'))

    op.drop_table('planned_absences')
    op.drop_table('groups')
    with op.batch_alter_table('closures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_closures_first_day'))

    op.drop_table('closures')
    with op.batch_alter_table('class_teachers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_class_teachers_teacher_id'))

    op.drop_table('class_teachers')
    with op.batch_alter_table('passages', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passages_student_id_first_at'))
        batch_op.drop_index(batch_op.f('ix_passages_first_at'))
        batch_op.drop_index(batch_op.f('ix_passages_day_student_id'))

    op.drop_table('passages')
    op.drop_table('teachers')
    op.drop_table('statuses')
    op.drop_table('rooms')
