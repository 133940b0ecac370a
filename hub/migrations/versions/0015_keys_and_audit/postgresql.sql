CREATE FUNCTION audit_entries_is_append_only_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'the audit log is append only' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$
-- next
CREATE TRIGGER audit_entries_is_append_only_update BEFORE UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_entries_is_append_only_update()
-- next
CREATE FUNCTION audit_entries_is_append_only_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'the audit log is append only' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$
-- next
CREATE TRIGGER audit_entries_is_append_only_delete BEFORE DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_entries_is_append_only_delete()
