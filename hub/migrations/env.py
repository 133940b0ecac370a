"""Runs migrations over the connection that `hub.migrations.running` opens. Not to be imported."""

from alembic import context

import bot.case_models
import bot.data_request_models
import bot.duty_models
import bot.models
import bot.own_contacts
import bot.question_models
import bot.read_models
import bot.tally_models
import bot.tellings
import broadcast.models
import content.models
import hub.staff.models
import hub.staff.token_models
from hub.database import Base

# Every module that declares tables; one that is missing here would seem to have lost them.
PARTS = (
    bot.case_models,
    bot.data_request_models,
    bot.duty_models,
    bot.models,
    bot.question_models,
    bot.read_models,
    bot.own_contacts,
    bot.tally_models,
    bot.tellings,
    broadcast.models,
    content.models,
    hub.staff.models,
    hub.staff.token_models,
)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
