"""The registry of the console: what is not listed here is not served.

Order matters twice: the first match answers, and the menu follows it.
"""

from hub.console.frame import CountCards, RequestKind, Route
from hub.console.pages import (
    account,
    answer_editing,
    answer_phones,
    answers,
    api_access,
    audit,
    caps,
    cases,
    contacts,
    data_requests,
    duty,
    figures,
    home,
    invitations,
    nowhere,
    organisations,
    own_keys,
    question_askers,
    questions,
    requests,
    service_editing,
    service_import,
    services,
    services_today,
    sign_in,
    simulator,
    staff,
    static_files,
    trying,
    update_control,
    update_results,
    update_trials,
    update_writing,
    updates,
    welcome,
)

PAGES: tuple[Route, ...] = (
    *home.PAGES,
    *answers.PAGES,
    *answer_editing.PAGES,
    *answer_phones.PAGES,
    *questions.PAGES,
    *question_askers.PAGES,
    *trying.PAGES,
    *simulator.PAGES,
    *service_editing.PAGES,  # before `services`, whose pattern matches `new`, `import` and `today`
    *service_import.PAGES,
    *services_today.PAGES,
    *services.PAGES,
    *cases.PAGES,
    *duty.PAGES,
    *update_writing.PAGES,  # before `updates`, whose pattern matches `new`
    *update_results.PAGES,
    *update_control.PAGES,
    *update_trials.PAGES,  # also before `updates`
    *updates.PAGES,
    *caps.PAGES,
    *figures.PAGES,
    *contacts.PAGES,
    *data_requests.PAGES,
    *invitations.PAGES,  # before `staff`, whose pattern matches `new`
    *staff.PAGES,
    *organisations.PAGES,
    *api_access.PAGES,
    *requests.PAGES,
    *audit.PAGES,
    *account.PAGES,
    *own_keys.PAGES,
    *welcome.PAGES,
    *sign_in.PAGES,
    *static_files.PAGES,
    *nowhere.PAGES,  # matches everything, so it stays last
)

# Mounted only when the application is built as a demonstration.
DEMONSTRATION_PAGES: tuple[Route, ...] = sign_in.DEMONSTRATION_PAGES

CARDS: tuple[CountCards, ...] = (
    answers.count_cards,
    questions.count_cards,
    services.count_cards,
    cases.count_cards,
    duty.count_cards,
    contacts.count_cards,
    data_requests.count_cards,
    updates.count_cards,
    api_access.count_cards,
    requests.count_cards,
    audit.count_cards,
    own_keys.count_cards,
    home.count_cards,
)

# Acts that need two people; each part brings its own.
REQUESTS: tuple[RequestKind, ...] = (
    *invitations.REQUESTS,
    *contacts.REQUESTS,
    *staff.REQUESTS,
    *organisations.REQUESTS,
    *api_access.REQUESTS,
    *caps.REQUESTS,
)
