"""Classifier versions, rejected faces, sizes and candidates of sightings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rejections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("crop_sha256", sa.String(length=64), nullable=False),
        sa.Column("model_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.Column("crop", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["student_id"], ["students.id"], name=op.f("fk_rejections_student_id_students"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejections")),
        sa.UniqueConstraint("student_id", "crop_sha256", name=op.f("uq_rejections_student_id_crop_sha256")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("sightings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("face_px", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("frame_px", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("candidates", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("training_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chosen_at", sa.DateTime(), nullable=True))
    op.execute("UPDATE training_runs SET chosen_at = created_at")
    with op.batch_alter_table("training_runs", schema=None) as batch_op:
        batch_op.alter_column("chosen_at", existing_type=sa.DateTime(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("training_runs", schema=None) as batch_op:
        batch_op.drop_column("chosen_at")
    with op.batch_alter_table("sightings", schema=None) as batch_op:
        batch_op.drop_column("candidates")
        batch_op.drop_column("frame_px")
        batch_op.drop_column("face_px")
    op.drop_table("rejections")
