"""What staff read for the acts and objects of the audit log. Others are shown as they are kept."""

from hub.i18n import Translate


def action_names(_: Translate) -> dict[str, str]:
    return {
        **_people_acts(_),
        **_request_acts(_),
        **_content_acts(_),
        **_update_acts(_),
        **_case_acts(_),
        **_question_acts(_),
        **_record_acts(_),
        **_key_acts(_),
    }


def kind_names(_: Translate) -> dict[str, str]:
    return {
        "staff": _("Staff member"),
        "session": _("Session"),
        "request": _("Request"),
        "answer": _("Answer"),
        "service": _("Service"),
        "topic": _("Topic"),
        "update": _("Update"),
        "case": _("Case"),
        "areas": _("Places"),
        "questions": _("Questions"),
        "database": _("Database"),
        "contact": _("Contact"),
        "api_token": _("API token"),
        "organisation": _("Organisation"),
        "sub_group": _("Sub-group"),
        "data_request": _("Data request"),
    }


def _people_acts(_: Translate) -> dict[str, str]:
    return {
        "sign_in": _("Signed in"),
        "sign_in_demonstration": _("Signed in to the demonstration"),
        "confirm_sign_in": _("Confirmed who they are"),
        "sign_out": _("Signed out"),
        "create": _("Made an account"),
        "create_closed": _("Prepared an account"),
        "open_account": _("Opened their account"),
        "disable": _("Closed an account"),
        "enable": _("Allowed an account"),
        "reset_access": _("Took old keys away"),
        "set_roles": _("Changed roles"),
        "set_sub_groups": _("Changed sub-groups"),
        "set_password": _("Set a password"),
        "set_language": _("Chose a language"),
        "add_passkey": _("Added a passkey"),
        "remove_passkey": _("Removed a passkey"),
        "renew_recovery_codes": _("Made recovery codes"),
        "use_recovery_code": _("Used a recovery code"),
        "end_session": _("Ended a session"),
        "end_sessions": _("Ended somebody’s sessions"),
        "end_other_sessions": _("Ended their other sessions"),
        "register_phone": _("Registered a phone for trials"),
    }


def _request_acts(_: Translate) -> dict[str, str]:
    return {
        "request": _("Asked for a second person"),
        "approve": _("Said yes"),
        "refuse": _("Said no"),
        "withdraw": _("Took it back"),
        "expire": _("Nobody decided in time"),
        "collect": _("Took what was approved"),
        "raise_cap": _("Let a sub-group send to more people"),
    }


def _content_acts(_: Translate) -> dict[str, str]:
    return {
        "answer_draft": _("New version begun"),
        "answer_edit": _("Edited"),
        "answer_submit": _("Sent to review"),
        "answer_send_back": _("Sent back"),
        "answer_verify": _("Approved an answer"),
        "answer_check": _("Language checked"),
        "answer_withdraw": _("Withdrew an answer"),
        "answer_expire": _("An answer reached its last day"),
        "answer_supersede": _("A newer answer took its place"),
        "service_import": _("Brought a service from the content pack"),
        "service_propose": _("Proposed a service"),
        "service_edit": _("Edited a service"),
        "service_recheck": _("Asked for a service to be checked again"),
        "service_expire": _("A service reached its last day"),
        "service_supersede": _("A newer record of a service took its place"),
        "topic_owner": _("Gave a topic to a sub-group"),
        "demo_data": _("Filled a demonstration with made-up people"),
        "areas_import": _("Brought places from the content pack"),
        "service_verify": _("Confirmed a service"),
        "service_withdraw": _("Took a service out of use"),
        "service_condition": _("State of the day said"),
        "service_condition_end": _("State of the day taken back"),
    }


def _update_acts(_: Translate) -> dict[str, str]:
    return {
        "compose": _("Began an update"),
        "submit": _("Sent an update to review"),
        "send_back": _("Sent an update back"),
        "check_language": _("Checked a language of an update"),
        "approve_first": _("Gave the first of two approvals"),
        "try": _("Tried an update on their phone"),
        "start": _("Started sending an update"),
        "pause": _("Paused an update"),
        "resume": _("Went on with an update"),
        "stop": _("Stopped an update"),
        "edit": _("Edited an update"),
        "undo": _("Took an approval back in time"),
        "schedule": _("Planned an update"),
        "finish": _("Finished sending an update"),
        "retry": _("Tried failed copies of an update again"),
    }


def _case_acts(_: Translate) -> dict[str, str]:
    return {
        "case_open": _("Opened sensitive words"),
        "duty_add": _("Put somebody on the duty roster"),
        "duty_remove": _("Took somebody off the duty roster"),
        "case_take": _("Took a case"),
        "case_give_back": _("Gave a case back"),
        "case_answer": _("Answered a person"),
        "case_note": _("Noted something on a case"),
        "case_close": _("Closed a case"),
        "case_pass_on": _("Passed a case on, after the person’s yes"),
    }


def _question_acts(_: Translate) -> dict[str, str]:
    return {
        "questions_learn": _("Gave questions to a topic"),
        "questions_assign": _("Gave questions to a sub-group"),
        "questions_answer": _("Began an answer to questions"),
        "questions_set_aside": _("Set questions aside"),
        "questions_reopen": _("Opened questions again"),
        "questions_join": _("Put questions together"),
        "questions_delete_words": _("Deleted the words of questions"),
        "questions_tell": _("Had those told who asked"),
        "questions_call_off": _("Called telling off"),
    }


def _record_acts(_: Translate) -> dict[str, str]:
    return {
        "contact_search": _("Looked for a person"),
        "contact_open": _("Opened a person’s record"),
        "contact_erase": _("Asked for a person to be erased"),
        "contact_keep": _("Called an erasure off"),
        "note_data_request": _("Noted a request about somebody’s own data"),
        "close_data_request": _("Closed a request about somebody’s own data"),
        "person_reads_block": _("Was stopped for reading many records"),
        "person_reads_unblock": _("Let somebody read records again"),
    }


def _key_acts(_: Translate) -> dict[str, str]:
    return {
        "grant": _("Granted an API token"),
        "reveal": _("Took an API token"),
        "revoke": _("Revoked an API token"),
        "organisation_add": _("Added an organisation"),
        "organisation_change": _("Changed an organisation"),
        "organisation_close": _("Closed an organisation"),
        "organisation_open": _("Opened an organisation again"),
    }
