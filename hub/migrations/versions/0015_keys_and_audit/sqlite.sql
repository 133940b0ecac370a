CREATE TRIGGER audit_entries_is_append_only_update BEFORE UPDATE ON audit_entries WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END
-- next
CREATE TRIGGER audit_entries_is_append_only_delete BEFORE DELETE ON audit_entries WHEN 1 = 1 BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END
