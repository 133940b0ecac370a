"""What the database itself holds to: the two-person rule for acts of power, and the kept audit.

SEC-27, PEER-11, INV-11.
"""

from hub.guards import Guard

_TABLE = "pending_acts"

GUARDS = (
    Guard(
        "begins_as_pending",
        _TABLE,
        "INSERT",
        "NEW.state <> 'pending' OR NEW.decided_by IS NOT NULL",
        "an act of power begins with a request",
    ),
    Guard(
        "request_stays",
        _TABLE,
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.object_kind <> OLD.object_kind"
        " OR NEW.object_id <> OLD.object_id OR NEW.payload_hash <> OLD.payload_hash"
        " OR CAST(NEW.payload AS TEXT) DIFFERS CAST(OLD.payload AS TEXT)"
        " OR NEW.reason <> OLD.reason OR NEW.requested_by <> OLD.requested_by"
        " OR NEW.requested_at <> OLD.requested_at OR NEW.expires_at <> OLD.expires_at",
        "what was requested never changes",
    ),
    Guard(
        "end_is_final",
        _TABLE,
        "UPDATE",
        "OLD.state <> 'pending' AND (NEW.state <> OLD.state"
        " OR NEW.decided_by DIFFERS OLD.decided_by OR NEW.decided_at DIFFERS OLD.decided_at)",
        "a request that has ended stays ended",
    ),
    Guard(
        "collected_once",
        _TABLE,
        "UPDATE",
        "NEW.collected_at DIFFERS OLD.collected_at"
        " AND (OLD.collected_at IS NOT NULL OR NEW.state <> 'done')",
        "what an act gives is taken once, after somebody approved it",
    ),
    Guard("is_kept", _TABLE, "DELETE", "1 = 1", "requests are kept"),
    *(
        Guard(
            f"is_append_only_{event_name.lower()}",
            "audit_entries",
            event_name,
            "1 = 1",
            "the audit log is append only",
        )
        for event_name in ("UPDATE", "DELETE")
    ),
)
