-- Every table, type, function and trigger of the database, as PostgreSQL 15 writes them down (pg_dump --schema-only).

SET LOCAL check_function_bodies = false;

CREATE TYPE procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);

CREATE TYPE procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);

CREATE TYPE procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);

CREATE FUNCTION procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION procrastinate_defer_jobs_v1(jobs procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

CREATE TABLE procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lock text,
    queueing_lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status procrastinate_job_status DEFAULT 'todo'::procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::procrastinate_job_status) AND (abort_requested = true))))
);

CREATE FUNCTION procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION procrastinate_finish_job_v1(job_id bigint, end_status procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION refuse_rewriting_answers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: what a citizen answered is never rewritten', TG_TABLE_NAME;
    END $$;

CREATE FUNCTION refuse_rewriting_approvals() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: what was asked and decided is never rewritten', TG_TABLE_NAME;
    END $$;

CREATE FUNCTION refuse_rewriting_archive() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF TG_TABLE_NAME = 'listenings' AND to_jsonb(NEW) - 'last_at' = to_jsonb(OLD) - 'last_at'
                    AND to_jsonb(NEW)->>'last_at' >= to_jsonb(OLD)->>'last_at' THEN
                RETURN NEW;
            END IF;
            IF TG_TABLE_NAME = 'destructions' AND to_jsonb(NEW) - 'removed_at' = to_jsonb(OLD) - 'removed_at'
                    AND to_jsonb(OLD)->>'removed_at' IS NULL THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only: who listened and what was destroyed is never rewritten', TG_TABLE_NAME;
    END $$;

CREATE FUNCTION refuse_rewriting_articles() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'article_versions is append-only: what an answer rested on is never rewritten';
    END $$;

CREATE FUNCTION refuse_rewriting_attempts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: what was tried is never rewritten', TG_TABLE_NAME;
    END $$;

CREATE FUNCTION refuse_rewriting_city_versions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'city_versions is append-only: a version is taken back by another one';
    END $$;

CREATE FUNCTION refuse_rewriting_crew_search_actions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'crew_search_actions is append-only: what was done is never rewritten';
    END $$;

CREATE FUNCTION refuse_rewriting_evidence() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'evidence_files is append-only: what was handed out is never rewritten';
    END $$;

CREATE FUNCTION refuse_rewriting_notes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'internal_notes is append-only: what was written is never rewritten';
    END $$;

CREATE FUNCTION refuse_rewriting_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'order_steps is append-only: history is never rewritten';
    END $$;

CREATE FUNCTION refuse_rewriting_disclosures() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'disclosures is append-only: who looked at whom is never rewritten';
    END $$;

CREATE FUNCTION refuse_rewriting_of_accounts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'refusals' AND OLD.at < now() - interval '200 days' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only: what was done and refused is never rewritten', TG_TABLE_NAME;
    END $$;

CREATE FUNCTION refuse_rewriting_statuses() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'unit_statuses is append-only: what a crew did is never rewritten';
    END $$;

CREATE FUNCTION refuse_rewriting_checks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION 'a check that has ended is never rewritten';
    END $$;

CREATE FUNCTION refuse_rewriting_uses() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: who used a link is never rewritten', TG_TABLE_NAME;
    END $$;

CREATE TABLE account_log (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    action character varying(64) NOT NULL,
    detail text NOT NULL,
    by_account_id bigint,
    by_name text NOT NULL
);

ALTER TABLE account_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME account_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE city_versions (
    id bigint NOT NULL,
    file text NOT NULL,
    text text,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    by_account_id bigint,
    by_name text NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    takes_back_id bigint
);

ALTER TABLE city_versions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME city_versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE former_files (
    id bigint NOT NULL,
    system text NOT NULL,
    file_name text NOT NULL,
    state character varying(64) NOT NULL,
    fault text DEFAULT ''::text NOT NULL,
    content bytea,
    sheet text DEFAULT ''::text NOT NULL,
    other_sheets jsonb DEFAULT '[]'::jsonb NOT NULL,
    row_count integer DEFAULT 0 NOT NULL,
    heads jsonb DEFAULT '[]'::jsonb NOT NULL,
    head_row integer DEFAULT 0 NOT NULL,
    mapping jsonb DEFAULT '{}'::jsonb NOT NULL,
    confirmed boolean DEFAULT false NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    by_account_id bigint NOT NULL,
    by_name text NOT NULL,
    at timestamp with time zone NOT NULL,
    taken_by text DEFAULT ''::text NOT NULL,
    taken_by_id bigint,
    ended_at timestamp with time zone
);

ALTER TABLE former_files ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME former_files_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE former_rows (
    file_id bigint NOT NULL,
    "row" integer NOT NULL,
    cells jsonb NOT NULL,
    outcome character varying(64),
    number text DEFAULT ''::text NOT NULL,
    faults jsonb DEFAULT '[]'::jsonb NOT NULL
);

CREATE TABLE accountability (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    kind character varying(64) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    office_code text NOT NULL,
    at timestamp with time zone NOT NULL,
    responsible text NOT NULL,
    first_responsible text NOT NULL
);

ALTER TABLE accountability ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accountability_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE accounts (
    id bigint NOT NULL,
    name text NOT NULL,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    role character varying(64) NOT NULL,
    extension text,
    office_code text,
    unit_code text,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    must_change_password boolean NOT NULL
);

ALTER TABLE accounts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE agent_spells (
    id bigint NOT NULL,
    extension text NOT NULL,
    state character varying(64) NOT NULL,
    reason text,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone
);

ALTER TABLE agent_spells ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME agent_spells_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE agents (
    extension text NOT NULL,
    state character varying(64) NOT NULL,
    reason text,
    since timestamp with time zone NOT NULL,
    phone character varying(64) DEFAULT 'telephone'::character varying NOT NULL
);

CREATE TABLE alarms (
    id bigint NOT NULL,
    pbx text NOT NULL,
    kind character varying(64) NOT NULL,
    detail text NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    cleared_at timestamp with time zone,
    raised_sent_at timestamp with time zone,
    cleared_sent_at timestamp with time zone
);

ALTER TABLE alarms ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME alarms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE approval_decisions (
    approval_id bigint NOT NULL,
    decision character varying(64) NOT NULL,
    note text NOT NULL,
    at timestamp with time zone NOT NULL,
    decider_id bigint NOT NULL,
    decider_name text NOT NULL,
    decider_role character varying(64) NOT NULL
);

CREATE TABLE approvals (
    id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    reason text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    asker_id bigint NOT NULL,
    asker_name text NOT NULL,
    asker_role character varying(64) NOT NULL
);

ALTER TABLE approvals ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME approvals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE article_reports (
    id bigint NOT NULL,
    article_id bigint NOT NULL,
    version integer NOT NULL,
    note text NOT NULL,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    settled_at timestamp with time zone,
    settled_by text
);

ALTER TABLE article_reports ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME article_reports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE article_versions (
    article_id bigint NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    bring jsonb NOT NULL,
    subjects jsonb NOT NULL,
    office_code text,
    source text NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    review_on date NOT NULL,
    note text NOT NULL,
    edited_at timestamp with time zone NOT NULL,
    editor_id bigint,
    editor text NOT NULL
);

CREATE TABLE articles (
    id bigint NOT NULL,
    version integer NOT NULL,
    search tsvector,
    withdrawn_at timestamp with time zone,
    withdrawn_by text
);

ALTER TABLE articles ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME articles_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE attachments (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    step_seq integer,
    client_id text,
    kind character varying(64) NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    taken_at timestamp with time zone,
    received_at timestamp with time zone NOT NULL,
    actor_id bigint,
    actor_role character varying(64) NOT NULL,
    actor_name text NOT NULL,
    office_code text,
    unit_code text,
    words text,
    words_model text DEFAULT ''::text NOT NULL
);

ALTER TABLE attachments ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME attachments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE blocks (
    id bigint NOT NULL,
    number text NOT NULL,
    number_key text NOT NULL,
    reason text NOT NULL,
    linkedid text,
    days integer NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    proposed_by_id bigint,
    proposed_by text NOT NULL,
    approved_at timestamp with time zone,
    approved_by text,
    expires_at timestamp with time zone,
    refused_at timestamp with time zone,
    refused_by text,
    lifted_at timestamp with time zone,
    lifted_by text,
    decided_by_id bigint,
    decision text DEFAULT ''::text NOT NULL
);

ALTER TABLE blocks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME blocks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE call_commands (
    id bigint NOT NULL,
    linkedid text NOT NULL,
    command character varying(64) NOT NULL,
    target text NOT NULL,
    order_number text,
    extension text NOT NULL,
    by_stranger boolean NOT NULL,
    account_id bigint NOT NULL,
    account_name text NOT NULL,
    display_name text NOT NULL,
    role text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    begun_at timestamp with time zone,
    ended_at timestamp with time zone,
    state character varying(64) NOT NULL,
    result text NOT NULL
);

ALTER TABLE call_commands ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME call_commands_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE call_events (
    id bigint NOT NULL,
    pbx text NOT NULL,
    linkedid text NOT NULL,
    uniqueid text NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    digest text NOT NULL,
    fields jsonb NOT NULL,
    stored_at timestamp with time zone NOT NULL,
    folded boolean NOT NULL
);

ALTER TABLE call_events ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME call_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE callback_tries (
    id bigint NOT NULL,
    callback_id bigint NOT NULL,
    channel_id text NOT NULL,
    extension text NOT NULL,
    by_id bigint,
    by_name text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    result character varying(64)
);

ALTER TABLE callback_tries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME callback_tries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE callbacks (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    linkedid text NOT NULL,
    number text NOT NULL,
    place_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    state character varying(64) NOT NULL,
    tries integer NOT NULL,
    next_try_at timestamp with time zone,
    ended_at timestamp with time zone,
    note text NOT NULL,
    version integer NOT NULL
);

ALTER TABLE callbacks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME callbacks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE calls (
    linkedid text NOT NULL,
    pbx text NOT NULL,
    direction character varying(64) NOT NULL,
    state character varying(64) NOT NULL,
    outcome character varying(64),
    caller_number text NOT NULL,
    caller_name text NOT NULL,
    called_number text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    queued_at timestamp with time zone,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone,
    answered_by text,
    hangup_cause integer,
    recorded_uniqueid text,
    recording_started_at timestamp with time zone,
    message_stem text,
    message_started_at timestamp with time zone,
    message_ended_at timestamp with time zone,
    callback_number text,
    transferred_to text,
    acted_on jsonb NOT NULL,
    version integer NOT NULL,
    survey_key text,
    survey_asked_at timestamp with time zone,
    caller_key text
);

CREATE TABLE cel_positions (
    pbx text NOT NULL,
    inode bigint NOT NULL,
    offset_bytes bigint NOT NULL
);

CREATE TABLE crew_search_actions (
    id bigint NOT NULL,
    search_id bigint NOT NULL,
    seq integer NOT NULL,
    at timestamp with time zone NOT NULL,
    action character varying(64) NOT NULL,
    unit_code text NOT NULL,
    why text NOT NULL
);

ALTER TABLE crew_search_actions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crew_search_actions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE citizen_answers (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    follow_up_id bigint,
    at timestamp with time zone NOT NULL,
    by_role character varying(64) NOT NULL,
    by_name text NOT NULL,
    answered boolean NOT NULL,
    solved boolean NOT NULL,
    satisfied boolean NOT NULL,
    said text NOT NULL
);

ALTER TABLE citizen_answers ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME citizen_answers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE contacts (
    id bigint NOT NULL,
    audience character varying(64) NOT NULL,
    code text NOT NULL,
    channel character varying(64) NOT NULL,
    address text NOT NULL,
    secret text NOT NULL,
    account_id bigint,
    added_at timestamp with time zone NOT NULL,
    added_by text NOT NULL,
    removed_at timestamp with time zone,
    removed_by text,
    with_link boolean DEFAULT false NOT NULL
);

ALTER TABLE contacts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME contacts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE crew_actions (
    client_id text NOT NULL,
    unit_code text NOT NULL,
    account_id bigint NOT NULL,
    action text NOT NULL,
    order_number text,
    done_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    state character varying(64) NOT NULL,
    reason text NOT NULL
);

CREATE TABLE destructions (
    id bigint NOT NULL,
    recording_id bigint NOT NULL,
    linkedid text NOT NULL,
    uniqueid text NOT NULL,
    part character varying(64) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    path text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    rule text NOT NULL,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    removed_at timestamp with time zone
);

ALTER TABLE destructions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME destructions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE dispatch_calls (
    id bigint NOT NULL,
    assignment_id bigint NOT NULL,
    attempt integer NOT NULL,
    channel_id text NOT NULL,
    state character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    result text NOT NULL
);

ALTER TABLE dispatch_calls ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dispatch_calls_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE roster_entries (
    id bigint NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    ready_least integer NOT NULL,
    extensions jsonb NOT NULL,
    note text NOT NULL
);

ALTER TABLE roster_entries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME roster_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE evidence_files (
    id bigint NOT NULL,
    serial text NOT NULL,
    order_id bigint NOT NULL,
    order_number text NOT NULL,
    at timestamp with time zone NOT NULL,
    account_id bigint NOT NULL,
    account_name text NOT NULL,
    display_name text NOT NULL,
    role text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    listed jsonb DEFAULT '[]'::jsonb NOT NULL
);

ALTER TABLE evidence_files ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME evidence_files_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE extensions (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    office_code text NOT NULL,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    due_before_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    verdict character varying(64),
    decided_at timestamp with time zone,
    decided_by text,
    ruling text
);

ALTER TABLE extensions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME extensions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE follow_ups (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    due_at timestamp with time zone,
    state character varying(64) NOT NULL,
    asked_at timestamp with time zone,
    notification_id bigint,
    ended_at timestamp with time zone
);

ALTER TABLE follow_ups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME follow_ups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE legs (
    uniqueid text NOT NULL,
    linkedid text NOT NULL,
    channel text NOT NULL,
    endpoint text NOT NULL,
    role character varying(64) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    connected_at timestamp with time zone,
    ended_at timestamp with time zone,
    hangup_cause integer,
    recording_stem text,
    recording_started_at timestamp with time zone,
    citizen_at timestamp with time zone
);

CREATE TABLE lines (
    pbx text NOT NULL,
    manager_state character varying(64) NOT NULL,
    since timestamp with time zone NOT NULL,
    detail text NOT NULL,
    cel_read_at timestamp with time zone,
    cel_backlog_bytes bigint NOT NULL,
    unfolded_facts integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

CREATE TABLE listenings (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    account_name text NOT NULL,
    display_name text NOT NULL,
    role text NOT NULL,
    recording_id bigint,
    linkedid text NOT NULL,
    at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    how character varying(64) NOT NULL,
    address text NOT NULL
);

ALTER TABLE listenings ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME listenings_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE live_segments (
    id bigint NOT NULL,
    linkedid text NOT NULL,
    speaker character varying(64) NOT NULL,
    start_seconds double precision NOT NULL,
    end_seconds double precision NOT NULL,
    text text NOT NULL,
    confidence double precision NOT NULL,
    words jsonb NOT NULL,
    repairs jsonb NOT NULL,
    heard_at timestamp with time zone NOT NULL
);

ALTER TABLE live_segments ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME live_segments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE live_voices (
    linkedid text NOT NULL,
    speaker character varying(64) NOT NULL,
    position_frames bigint NOT NULL,
    behind_seconds double precision NOT NULL,
    alive_at timestamp with time zone NOT NULL
);

CREATE TABLE disclosures (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    account_id bigint NOT NULL,
    account_name text NOT NULL,
    display_name text NOT NULL,
    role text NOT NULL,
    order_id bigint,
    order_number text NOT NULL,
    linkedid text NOT NULL,
    confidential boolean NOT NULL,
    reason text NOT NULL,
    place text NOT NULL,
    address text NOT NULL,
    by_name boolean DEFAULT false NOT NULL
);

ALTER TABLE disclosures ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME disclosures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE matter_models (
    id bigint NOT NULL,
    version text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    matters integer NOT NULL,
    compared jsonb NOT NULL,
    used boolean NOT NULL,
    weights bytea NOT NULL
);

ALTER TABLE matter_models ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME matter_models_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notification_attempts (
    id bigint NOT NULL,
    notification_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    outcome character varying(64) NOT NULL,
    by text NOT NULL,
    result text NOT NULL,
    next_try_at timestamp with time zone
);

ALTER TABLE notification_attempts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME notification_attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE notifications (
    id bigint NOT NULL,
    order_id bigint,
    audience character varying(64) NOT NULL,
    code text NOT NULL,
    channel character varying(64) NOT NULL,
    address text NOT NULL,
    template character varying(64) NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    link_path text NOT NULL,
    link_about bigint,
    link_expires_at timestamp with time zone,
    queued_at timestamp with time zone NOT NULL,
    state character varying(64) NOT NULL,
    next_try_at timestamp with time zone,
    tries integer NOT NULL,
    resent_at timestamp with time zone,
    sent_at timestamp with time zone,
    why text NOT NULL,
    begun_at timestamp with time zone,
    under_way boolean DEFAULT false NOT NULL
);

ALTER TABLE notifications ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME notifications_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE office_link_uses (
    id bigint NOT NULL,
    link_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    action character varying(64) NOT NULL,
    address text NOT NULL
);

ALTER TABLE office_link_uses ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME office_link_uses_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE office_links (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    office_code text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    made_by text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended character varying(64),
    ended_by text NOT NULL
);

ALTER TABLE office_links ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME office_links_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE offices (
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    town text,
    head text NOT NULL,
    deputy text NOT NULL,
    phone text NOT NULL,
    duty_phone text NOT NULL,
    active boolean NOT NULL
);

CREATE TABLE order_calls (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    linkedid text NOT NULL,
    purpose character varying(64) NOT NULL,
    added_at timestamp with time zone NOT NULL
);

ALTER TABLE order_calls ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME order_calls_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE order_co_offices (
    order_id bigint NOT NULL,
    office_code text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    task text DEFAULT ''::text NOT NULL,
    due_at timestamp with time zone,
    answered_at timestamp with time zone,
    answer text DEFAULT ''::text NOT NULL,
    answered_by text DEFAULT ''::text NOT NULL,
    task_author text DEFAULT ''::text NOT NULL
);

CREATE TABLE order_counters (
    day date NOT NULL,
    last integer NOT NULL
);

CREATE TABLE due_events (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    kind character varying(64) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    office_code text NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE due_events ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME due_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE order_steps (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    seq integer NOT NULL,
    at timestamp with time zone NOT NULL,
    step character varying(64) NOT NULL,
    from_state character varying(64),
    to_state character varying(64) NOT NULL,
    actor_id bigint,
    actor_role character varying(64) NOT NULL,
    actor_name text NOT NULL,
    reason text NOT NULL,
    details jsonb NOT NULL,
    author text DEFAULT ''::text NOT NULL
);

ALTER TABLE order_steps ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME order_steps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE orders (
    id bigint NOT NULL,
    number text NOT NULL,
    channel character varying(64) NOT NULL,
    state character varying(64) NOT NULL,
    set_aside_from character varying(64),
    kind character varying(64),
    subject text,
    urgency character varying(64) NOT NULL,
    title text NOT NULL,
    matter text NOT NULL,
    place_town text,
    place text NOT NULL,
    no_place character varying(64),
    latitude double precision,
    longitude double precision,
    citizen_name text NOT NULL,
    citizen_phone text NOT NULL,
    confidential boolean NOT NULL,
    lead_office_code text,
    unit_code text,
    public_answer text NOT NULL,
    merged_into_id bigint,
    received_at timestamp with time zone NOT NULL,
    registered_at timestamp with time zone,
    limits_from_at timestamp with time zone,
    accept_due_at timestamp with time zone,
    finish_expected_at timestamp with time zone,
    finish_due_at timestamp with time zone,
    promised_at timestamp with time zone,
    accepted_at timestamp with time zone,
    replied_at timestamp with time zone,
    closed_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    step_count integer NOT NULL,
    search tsvector,
    version integer NOT NULL,
    responsible_office_code text,
    dispatched_at timestamp with time zone,
    accept_final_at timestamp with time zone,
    resume_at timestamp with time zone,
    return_before character varying(64),
    return_due_at timestamp with time zone,
    return_count integer DEFAULT 0 NOT NULL,
    extension_until_at timestamp with time zone,
    supervision_due_at timestamp with time zone,
    next_due_at timestamp with time zone,
    happened_at timestamp with time zone,
    cause text DEFAULT ''::text NOT NULL,
    unit_choice jsonb DEFAULT '[]'::jsonb NOT NULL,
    split_from_id bigint,
    contact_due_at timestamp with time zone,
    contacted_at timestamp with time zone,
    search_text text,
    phone_keys text[] DEFAULT '{}'::text[] NOT NULL,
    provisional_limits jsonb DEFAULT '{}'::jsonb NOT NULL,
    settled_limits jsonb DEFAULT '{}'::jsonb NOT NULL,
    provisional_year integer,
    recount_not_notified text[] DEFAULT '{}'::text[] NOT NULL,
    answer_author text DEFAULT ''::text NOT NULL,
    nearest_limit_at timestamp with time zone GENERATED ALWAYS AS (CASE WHEN (closed_at IS NULL) THEN COALESCE(LEAST(CASE WHEN ((state)::text = ANY ((ARRAY['dispatched'::character varying, 'registered'::character varying, 'reopened'::character varying])::text[])) THEN accept_due_at ELSE NULL::timestamp with time zone END, CASE WHEN ((state)::text = ANY ((ARRAY['accepted'::character varying, 'in_progress'::character varying, 'sent_back'::character varying])::text[]) AND (contacted_at IS NULL)) THEN contact_due_at ELSE NULL::timestamp with time zone END, CASE WHEN ((state)::text = ANY ((ARRAY['accepted'::character varying, 'dispatched'::character varying, 'escalated'::character varying, 'in_progress'::character varying, 'registered'::character varying, 'reopened'::character varying, 'sent_back'::character varying, 'suspended'::character varying])::text[])) THEN finish_due_at ELSE NULL::timestamp with time zone END), to_timestamp((4102358400)::double precision)) ELSE to_timestamp((4102358400)::double precision) END) STORED NOT NULL,
    family_id bigint NOT NULL,
    phone_endings text[] DEFAULT '{}'::text[] NOT NULL,
    former_system text,
    former_number text,
    former_digest text
);

ALTER TABLE orders ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE orders ALTER COLUMN family_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME orders_family_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE positions (
    id bigint NOT NULL,
    unit_code text NOT NULL,
    account_id bigint NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    accuracy_metres double precision NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL
);

ALTER TABLE positions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME positions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE practice_runs (
    id bigint NOT NULL,
    script text NOT NULL,
    account_id bigint NOT NULL,
    display_name text NOT NULL,
    extension text NOT NULL,
    started_by text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    rang_at timestamp with time zone,
    trouble text NOT NULL,
    filled jsonb,
    filled_at timestamp with time zone
);

ALTER TABLE practice_runs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME practice_runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE precedents (
    id bigint NOT NULL,
    return_id bigint NOT NULL,
    order_number text NOT NULL,
    subject text NOT NULL,
    place_town text,
    asked_office_code text NOT NULL,
    lead_office_code text NOT NULL,
    boundary text NOT NULL,
    ruling text NOT NULL,
    ruled_by character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE precedents ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME precedents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);

CREATE SEQUENCE procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE procrastinate_events_id_seq OWNED BY procrastinate_events.id;

CREATE SEQUENCE procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE procrastinate_jobs_id_seq OWNED BY procrastinate_jobs.id;

CREATE TABLE procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);

CREATE SEQUENCE procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE procrastinate_periodic_defers_id_seq OWNED BY procrastinate_periodic_defers.id;

CREATE TABLE procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE proposals (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    confidence double precision NOT NULL,
    alternatives jsonb NOT NULL,
    source jsonb,
    why text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    model text NOT NULL,
    state character varying(64) NOT NULL,
    decided_at timestamp with time zone,
    decided_by bigint,
    final text NOT NULL
);

ALTER TABLE proposals ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME proposals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE assignments (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    recipient_kind character varying(64) NOT NULL,
    recipient_code text NOT NULL,
    purpose character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    delivered_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    via text,
    withdrawn_at timestamp with time zone
);

ALTER TABLE assignments ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME assignments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE reachability_alarms (
    id bigint NOT NULL,
    subject text NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    over_at timestamp with time zone,
    over_by text NOT NULL
);

ALTER TABLE reachability_alarms ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME reachability_alarms_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE reachability_checks (
    id bigint NOT NULL,
    subject text NOT NULL,
    means character varying(64) NOT NULL,
    audience character varying(64) NOT NULL,
    code text NOT NULL,
    contact_id bigint,
    notification_id bigint,
    asked_by text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    rang_at timestamp with time zone,
    ended_at timestamp with time zone,
    result character varying(64),
    said text NOT NULL
);

ALTER TABLE reachability_checks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME reachability_checks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE recordings (
    id bigint NOT NULL,
    linkedid text NOT NULL,
    uniqueid text NOT NULL,
    part character varying(64) NOT NULL,
    state character varying(64) NOT NULL,
    reason text,
    far_side character varying(64) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    path text,
    sha256 text,
    size_bytes bigint,
    duration_seconds double precision,
    matches_call boolean,
    archived_at timestamp with time zone,
    key_id text,
    file_sha256 text
);

ALTER TABLE recordings ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME recordings_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE refusals (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    reason character varying(64) NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    what text NOT NULL,
    suppressed integer NOT NULL
);

ALTER TABLE refusals ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME refusals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE replies (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    office_code text,
    unit_code text,
    actor_id bigint,
    actor_name text NOT NULL,
    done text NOT NULL,
    public_answer text NOT NULL,
    found_true boolean,
    solved boolean,
    citizen_answered boolean,
    citizen_solved boolean,
    citizen_satisfied boolean,
    followed_up_at timestamp with time zone,
    marks jsonb DEFAULT '[]'::jsonb NOT NULL
);

ALTER TABLE replies ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME replies_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE internal_notes (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    office_code text,
    actor_id bigint,
    actor_role character varying(64) NOT NULL,
    actor_name text NOT NULL,
    author text NOT NULL,
    text text NOT NULL
);

ALTER TABLE internal_notes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME internal_notes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE note_receipts (
    note_id bigint NOT NULL,
    side text NOT NULL,
    order_id bigint NOT NULL,
    read_at timestamp with time zone,
    read_by text NOT NULL
);

CREATE TABLE returns (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    nth integer NOT NULL,
    office_code text NOT NULL,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    reason_code character varying(64) NOT NULL,
    reason text NOT NULL,
    boundary text NOT NULL,
    suggested_office_code text NOT NULL,
    before character varying(64) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    verdict character varying(64),
    decided_at timestamp with time zone,
    decided_by text,
    ruling text
);

ALTER TABLE returns ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME returns_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE saved_filters (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    name text NOT NULL,
    query jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE saved_filters ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME saved_filters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE segments (
    id bigint NOT NULL,
    transcript_id bigint NOT NULL,
    speaker character varying(64) NOT NULL,
    start_seconds double precision NOT NULL,
    end_seconds double precision NOT NULL,
    text text NOT NULL,
    confidence double precision NOT NULL,
    words jsonb NOT NULL,
    repairs jsonb DEFAULT '[]'::jsonb NOT NULL
);

ALTER TABLE segments ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME segments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE shifts (
    id bigint NOT NULL,
    unit_code text NOT NULL,
    account_id bigint NOT NULL,
    person text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

ALTER TABLE shifts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME shifts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE spot_check_picks (
    id bigint NOT NULL,
    spot_check_id bigint NOT NULL,
    office_code text NOT NULL,
    number text NOT NULL,
    checked_at timestamp with time zone,
    checked_by_id bigint,
    checked_by text,
    finding text,
    offence character varying(64)
);

ALTER TABLE spot_check_picks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME spot_check_picks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE spot_checks (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    seed text NOT NULL,
    closed_from timestamp with time zone NOT NULL,
    closed_before timestamp with time zone NOT NULL,
    share double precision NOT NULL,
    at_least integer NOT NULL,
    population jsonb NOT NULL,
    digest text NOT NULL
);

ALTER TABLE spot_checks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME spot_checks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE transcripts (
    id bigint NOT NULL,
    recording_id bigint NOT NULL,
    state character varying(64) NOT NULL,
    reason text,
    model text,
    made_at timestamp with time zone,
    took_seconds double precision,
    text text NOT NULL,
    search tsvector,
    search_text text
);

ALTER TABLE transcripts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME transcripts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE custody_periods (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    office_code text NOT NULL,
    dispatched_at timestamp with time zone NOT NULL,
    accept_due_at timestamp with time zone NOT NULL,
    finish_due_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    replied_at timestamp with time zone,
    sent_back integer NOT NULL,
    extended integer NOT NULL,
    warned integer NOT NULL,
    citizen_answered boolean,
    citizen_solved boolean,
    citizen_satisfied boolean,
    ended_at timestamp with time zone,
    ended character varying(64),
    reopened_at timestamp with time zone,
    marked integer DEFAULT 0 NOT NULL,
    marked_sent_back integer DEFAULT 0 NOT NULL
);

ALTER TABLE custody_periods ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME custody_periods_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE crew_searches (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    urgency character varying(64) NOT NULL,
    state character varying(64) NOT NULL,
    unit_code text NOT NULL,
    assignment_id bigint NOT NULL,
    tried jsonb NOT NULL,
    step integer NOT NULL,
    step_at timestamp with time zone NOT NULL,
    calls_before integer NOT NULL,
    refused_at timestamp with time zone,
    refused_why text NOT NULL,
    next_at timestamp with time zone,
    begun_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    alarmed_at timestamp with time zone,
    alarm_seen_at timestamp with time zone,
    alarm_seen_by text NOT NULL
);

ALTER TABLE crew_searches ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crew_searches_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE unit_statuses (
    id bigint NOT NULL,
    unit_code text NOT NULL,
    status character varying(64) NOT NULL,
    order_id bigint,
    at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    person text NOT NULL
);

ALTER TABLE unit_statuses ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME unit_statuses_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE unsent_texts (
    order_id bigint NOT NULL,
    step character varying(64) NOT NULL,
    writer text NOT NULL,
    fields jsonb NOT NULL,
    written_at timestamp with time zone NOT NULL
);

CREATE TABLE units (
    code text NOT NULL,
    name text NOT NULL,
    trade text NOT NULL,
    towns jsonb NOT NULL,
    extension text NOT NULL,
    office_code text NOT NULL,
    leader text NOT NULL,
    phone text NOT NULL,
    active boolean NOT NULL
);

CREATE TABLE supervision_orders (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    office_code text,
    at timestamp with time zone NOT NULL,
    by text NOT NULL,
    text text NOT NULL,
    mark character varying(64) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    answer text,
    answered_by text,
    replaced_at timestamp with time zone
);

ALTER TABLE supervision_orders ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME supervision_orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE absences (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    name text NOT NULL,
    stand_in_id bigint NOT NULL,
    stand_in_name text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    reason text NOT NULL,
    entered_at timestamp with time zone NOT NULL,
    entered_by text NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    stand_in_gone_at timestamp with time zone
);

ALTER TABLE absences ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME absences_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE phone_registrations (
    pbx text NOT NULL,
    name text NOT NULL,
    present boolean NOT NULL,
    word text NOT NULL,
    since timestamp with time zone NOT NULL
);

CREATE TABLE processes (
    host text NOT NULL,
    pid integer NOT NULL,
    part text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    release text NOT NULL,
    city_version text NOT NULL,
    city_since timestamp with time zone NOT NULL,
    city_refused text NOT NULL,
    model text NOT NULL,
    disk_folder text NOT NULL,
    disk_free_bytes bigint NOT NULL
);

CREATE TABLE backup_runs (
    id bigint NOT NULL,
    kind character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    folder text NOT NULL,
    failure text NOT NULL,
    files integer NOT NULL,
    size_bytes bigint NOT NULL
);

ALTER TABLE backup_runs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME backup_runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE channel_tests (
    id bigint NOT NULL,
    channel character varying(64) NOT NULL,
    address text NOT NULL,
    by_account_id bigint NOT NULL,
    by_name text NOT NULL,
    at timestamp with time zone NOT NULL,
    done boolean NOT NULL,
    result text NOT NULL
);

ALTER TABLE channel_tests ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME channel_tests_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE probe_rounds (
    id bigint NOT NULL,
    pbx text NOT NULL,
    at timestamp with time zone NOT NULL,
    answer_seconds double precision,
    greeting_score double precision,
    ready_agents integer,
    wanted_agents integer NOT NULL,
    troubles jsonb NOT NULL
);

ALTER TABLE probe_rounds ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME probe_rounds_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE web_push_subscriptions (
    id bigint NOT NULL,
    recipient_kind character varying(64) NOT NULL,
    recipient_code text NOT NULL,
    account_id bigint NOT NULL,
    endpoint text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    user_agent text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    refused text DEFAULT ''::text NOT NULL,
    refused_at timestamp with time zone
);

ALTER TABLE web_push_subscriptions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME web_push_subscriptions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE web_sessions (
    token_sha256 text NOT NULL,
    account_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    user_agent text NOT NULL,
    id bigint NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    address text NOT NULL
);

ALTER TABLE web_sessions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME web_sessions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY procrastinate_events ALTER COLUMN id SET DEFAULT nextval('procrastinate_events_id_seq'::regclass);

ALTER TABLE ONLY procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('procrastinate_jobs_id_seq'::regclass);

ALTER TABLE ONLY procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('procrastinate_periodic_defers_id_seq'::regclass);

ALTER TABLE ONLY account_log
    ADD CONSTRAINT pk_account_log PRIMARY KEY (id);

ALTER TABLE ONLY city_versions
    ADD CONSTRAINT pk_city_versions PRIMARY KEY (id);

ALTER TABLE ONLY former_files
    ADD CONSTRAINT pk_former_files PRIMARY KEY (id);

ALTER TABLE ONLY former_rows
    ADD CONSTRAINT pk_former_rows PRIMARY KEY (file_id, "row");

ALTER TABLE ONLY accountability
    ADD CONSTRAINT pk_accountability PRIMARY KEY (id);

ALTER TABLE ONLY accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);

ALTER TABLE ONLY agent_spells
    ADD CONSTRAINT pk_agent_spells PRIMARY KEY (id);

ALTER TABLE ONLY agents
    ADD CONSTRAINT pk_agents PRIMARY KEY (extension);

ALTER TABLE ONLY alarms
    ADD CONSTRAINT pk_alarms PRIMARY KEY (id);

ALTER TABLE ONLY approval_decisions
    ADD CONSTRAINT pk_approval_decisions PRIMARY KEY (approval_id);

ALTER TABLE ONLY approvals
    ADD CONSTRAINT pk_approvals PRIMARY KEY (id);

ALTER TABLE ONLY article_reports
    ADD CONSTRAINT pk_article_reports PRIMARY KEY (id);

ALTER TABLE ONLY article_versions
    ADD CONSTRAINT pk_article_versions PRIMARY KEY (article_id, version);

ALTER TABLE ONLY articles
    ADD CONSTRAINT pk_articles PRIMARY KEY (id);

ALTER TABLE ONLY attachments
    ADD CONSTRAINT pk_attachments PRIMARY KEY (id);

ALTER TABLE ONLY blocks
    ADD CONSTRAINT pk_blocks PRIMARY KEY (id);

ALTER TABLE ONLY call_commands
    ADD CONSTRAINT pk_call_commands PRIMARY KEY (id);

ALTER TABLE ONLY call_events
    ADD CONSTRAINT pk_call_events PRIMARY KEY (id);

ALTER TABLE ONLY callback_tries
    ADD CONSTRAINT pk_callback_tries PRIMARY KEY (id);

ALTER TABLE ONLY callbacks
    ADD CONSTRAINT pk_callbacks PRIMARY KEY (id);

ALTER TABLE ONLY calls
    ADD CONSTRAINT pk_calls PRIMARY KEY (linkedid);

ALTER TABLE ONLY cel_positions
    ADD CONSTRAINT pk_cel_positions PRIMARY KEY (pbx);

ALTER TABLE ONLY crew_search_actions
    ADD CONSTRAINT pk_crew_search_actions PRIMARY KEY (id);

ALTER TABLE ONLY citizen_answers
    ADD CONSTRAINT pk_citizen_answers PRIMARY KEY (id);

ALTER TABLE ONLY contacts
    ADD CONSTRAINT pk_contacts PRIMARY KEY (id);

ALTER TABLE ONLY crew_actions
    ADD CONSTRAINT pk_crew_actions PRIMARY KEY (client_id);

ALTER TABLE ONLY destructions
    ADD CONSTRAINT pk_destructions PRIMARY KEY (id);

ALTER TABLE ONLY dispatch_calls
    ADD CONSTRAINT pk_dispatch_calls PRIMARY KEY (id);

ALTER TABLE ONLY roster_entries
    ADD CONSTRAINT pk_roster_entries PRIMARY KEY (id);

ALTER TABLE ONLY evidence_files
    ADD CONSTRAINT pk_evidence_files PRIMARY KEY (id);

ALTER TABLE ONLY extensions
    ADD CONSTRAINT pk_extensions PRIMARY KEY (id);

ALTER TABLE ONLY follow_ups
    ADD CONSTRAINT pk_follow_ups PRIMARY KEY (id);

ALTER TABLE ONLY legs
    ADD CONSTRAINT pk_legs PRIMARY KEY (uniqueid);

ALTER TABLE ONLY lines
    ADD CONSTRAINT pk_lines PRIMARY KEY (pbx);

ALTER TABLE ONLY listenings
    ADD CONSTRAINT pk_listenings PRIMARY KEY (id);

ALTER TABLE ONLY live_segments
    ADD CONSTRAINT pk_live_segments PRIMARY KEY (id);

ALTER TABLE ONLY live_voices
    ADD CONSTRAINT pk_live_voices PRIMARY KEY (linkedid, speaker);

ALTER TABLE ONLY disclosures
    ADD CONSTRAINT pk_disclosures PRIMARY KEY (id);

ALTER TABLE ONLY matter_models
    ADD CONSTRAINT pk_matter_models PRIMARY KEY (id);

ALTER TABLE ONLY notification_attempts
    ADD CONSTRAINT pk_notification_attempts PRIMARY KEY (id);

ALTER TABLE ONLY notifications
    ADD CONSTRAINT pk_notifications PRIMARY KEY (id);

ALTER TABLE ONLY office_link_uses
    ADD CONSTRAINT pk_office_link_uses PRIMARY KEY (id);

ALTER TABLE ONLY office_links
    ADD CONSTRAINT pk_office_links PRIMARY KEY (id);

ALTER TABLE ONLY offices
    ADD CONSTRAINT pk_offices PRIMARY KEY (code);

ALTER TABLE ONLY order_calls
    ADD CONSTRAINT pk_order_calls PRIMARY KEY (id);

ALTER TABLE ONLY order_co_offices
    ADD CONSTRAINT pk_order_co_offices PRIMARY KEY (order_id, office_code);

ALTER TABLE ONLY order_counters
    ADD CONSTRAINT pk_order_counters PRIMARY KEY (day);

ALTER TABLE ONLY due_events
    ADD CONSTRAINT pk_due_events PRIMARY KEY (id);

ALTER TABLE ONLY order_steps
    ADD CONSTRAINT pk_order_steps PRIMARY KEY (id);

ALTER TABLE ONLY orders
    ADD CONSTRAINT pk_orders PRIMARY KEY (id);

ALTER TABLE ONLY positions
    ADD CONSTRAINT pk_positions PRIMARY KEY (id);

ALTER TABLE ONLY practice_runs
    ADD CONSTRAINT pk_practice_runs PRIMARY KEY (id);

ALTER TABLE ONLY precedents
    ADD CONSTRAINT pk_precedents PRIMARY KEY (id);

ALTER TABLE ONLY proposals
    ADD CONSTRAINT pk_proposals PRIMARY KEY (id);

ALTER TABLE ONLY assignments
    ADD CONSTRAINT pk_assignments PRIMARY KEY (id);

ALTER TABLE ONLY reachability_alarms
    ADD CONSTRAINT pk_reachability_alarms PRIMARY KEY (id);

ALTER TABLE ONLY reachability_checks
    ADD CONSTRAINT pk_reachability_checks PRIMARY KEY (id);

ALTER TABLE ONLY recordings
    ADD CONSTRAINT pk_recordings PRIMARY KEY (id);

ALTER TABLE ONLY refusals
    ADD CONSTRAINT pk_refusals PRIMARY KEY (id);

ALTER TABLE ONLY replies
    ADD CONSTRAINT pk_replies PRIMARY KEY (id);

ALTER TABLE ONLY internal_notes
    ADD CONSTRAINT pk_internal_notes PRIMARY KEY (id);

ALTER TABLE ONLY note_receipts
    ADD CONSTRAINT pk_note_receipts PRIMARY KEY (note_id, side);

ALTER TABLE ONLY returns
    ADD CONSTRAINT pk_returns PRIMARY KEY (id);

ALTER TABLE ONLY saved_filters
    ADD CONSTRAINT pk_saved_filters PRIMARY KEY (id);

ALTER TABLE ONLY segments
    ADD CONSTRAINT pk_segments PRIMARY KEY (id);

ALTER TABLE ONLY shifts
    ADD CONSTRAINT pk_shifts PRIMARY KEY (id);

ALTER TABLE ONLY spot_check_picks
    ADD CONSTRAINT pk_spot_check_picks PRIMARY KEY (id);

ALTER TABLE ONLY spot_checks
    ADD CONSTRAINT pk_spot_checks PRIMARY KEY (id);

ALTER TABLE ONLY transcripts
    ADD CONSTRAINT pk_transcripts PRIMARY KEY (id);

ALTER TABLE ONLY custody_periods
    ADD CONSTRAINT pk_custody_periods PRIMARY KEY (id);

ALTER TABLE ONLY crew_searches
    ADD CONSTRAINT pk_crew_searches PRIMARY KEY (id);

ALTER TABLE ONLY unit_statuses
    ADD CONSTRAINT pk_unit_statuses PRIMARY KEY (id);

ALTER TABLE ONLY units
    ADD CONSTRAINT pk_units PRIMARY KEY (code);

ALTER TABLE ONLY unsent_texts
    ADD CONSTRAINT pk_unsent_texts PRIMARY KEY (order_id, step, writer);

ALTER TABLE ONLY supervision_orders
    ADD CONSTRAINT pk_supervision_orders PRIMARY KEY (id);

ALTER TABLE ONLY probe_rounds
    ADD CONSTRAINT pk_probe_rounds PRIMARY KEY (id);

ALTER TABLE ONLY absences
    ADD CONSTRAINT pk_absences PRIMARY KEY (id);

ALTER TABLE ONLY phone_registrations
    ADD CONSTRAINT pk_phone_registrations PRIMARY KEY (pbx, name);

ALTER TABLE ONLY processes
    ADD CONSTRAINT pk_processes PRIMARY KEY (host, pid);

ALTER TABLE ONLY backup_runs
    ADD CONSTRAINT pk_backup_runs PRIMARY KEY (id);

ALTER TABLE ONLY channel_tests
    ADD CONSTRAINT pk_channel_tests PRIMARY KEY (id);

ALTER TABLE ONLY web_push_subscriptions
    ADD CONSTRAINT pk_web_push_subscriptions PRIMARY KEY (id);

ALTER TABLE ONLY web_sessions
    ADD CONSTRAINT pk_web_sessions PRIMARY KEY (token_sha256);

ALTER TABLE ONLY procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);

ALTER TABLE ONLY procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY accountability
    ADD CONSTRAINT uq_accountability_order_id_kind_due_at_office_code UNIQUE (order_id, kind, due_at, office_code);

ALTER TABLE ONLY accounts
    ADD CONSTRAINT uq_accounts_name UNIQUE (name);

ALTER TABLE ONLY attachments
    ADD CONSTRAINT uq_attachments_client_id UNIQUE (client_id);

ALTER TABLE ONLY call_events
    ADD CONSTRAINT uq_call_events_uniqueid_kind_at_digest UNIQUE (uniqueid, kind, at, digest);

ALTER TABLE ONLY callback_tries
    ADD CONSTRAINT uq_callback_tries_channel_id UNIQUE (channel_id);

ALTER TABLE ONLY callbacks
    ADD CONSTRAINT uq_callbacks_linkedid UNIQUE (linkedid);

ALTER TABLE ONLY crew_search_actions
    ADD CONSTRAINT uq_crew_search_actions_search_id_seq UNIQUE (search_id, seq);

ALTER TABLE ONLY destructions
    ADD CONSTRAINT uq_destructions_recording_id UNIQUE (recording_id);

ALTER TABLE ONLY dispatch_calls
    ADD CONSTRAINT uq_dispatch_calls_channel_id UNIQUE (channel_id);

ALTER TABLE ONLY dispatch_calls
    ADD CONSTRAINT uq_dispatch_calls_assignment_id_attempt UNIQUE (assignment_id, attempt);

ALTER TABLE ONLY evidence_files
    ADD CONSTRAINT uq_evidence_files_serial UNIQUE (serial);

ALTER TABLE ONLY live_segments
    ADD CONSTRAINT uq_live_segments_linkedid_speaker_start_seconds UNIQUE (linkedid, speaker, start_seconds);

ALTER TABLE ONLY matter_models
    ADD CONSTRAINT uq_matter_models_version UNIQUE (version);

ALTER TABLE ONLY order_calls
    ADD CONSTRAINT uq_order_calls_order_id_linkedid UNIQUE (order_id, linkedid);

ALTER TABLE ONLY due_events
    ADD CONSTRAINT uq_due_events_order_id_kind_due_at_office_code UNIQUE (order_id, kind, due_at, office_code);

ALTER TABLE ONLY order_steps
    ADD CONSTRAINT uq_order_steps_order_id_seq UNIQUE (order_id, seq);

ALTER TABLE ONLY orders
    ADD CONSTRAINT uq_orders_number UNIQUE (number);

ALTER TABLE ONLY precedents
    ADD CONSTRAINT uq_precedents_return_id UNIQUE (return_id);

ALTER TABLE ONLY proposals
    ADD CONSTRAINT uq_proposals_order_id_field UNIQUE (order_id, field);

ALTER TABLE ONLY recordings
    ADD CONSTRAINT uq_recordings_linkedid_part_uniqueid UNIQUE (linkedid, part, uniqueid);

ALTER TABLE ONLY saved_filters
    ADD CONSTRAINT uq_saved_filters_account_id_name UNIQUE (account_id, name);

ALTER TABLE ONLY spot_check_picks
    ADD CONSTRAINT uq_spot_check_picks_spot_check_id_number UNIQUE (spot_check_id, number);

ALTER TABLE ONLY transcripts
    ADD CONSTRAINT uq_transcripts_recording_id UNIQUE (recording_id);

ALTER TABLE ONLY web_push_subscriptions
    ADD CONSTRAINT uq_web_push_subscriptions_endpoint UNIQUE (endpoint);

ALTER TABLE ONLY web_sessions
    ADD CONSTRAINT uq_web_sessions_id UNIQUE (id);

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::procrastinate_job_status));

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON procrastinate_workers USING btree (last_heartbeat);

CREATE INDEX ix_account_log_account_id ON account_log USING btree (account_id);

CREATE INDEX ix_city_versions_file_effective_at ON city_versions USING btree (file, effective_at);

CREATE INDEX ix_former_rows_outcome ON former_rows USING btree (file_id, outcome, "row");

CREATE INDEX ix_accountability_office_code_due_at ON accountability USING btree (office_code, due_at);

CREATE UNIQUE INDEX ix_agent_spells_open ON agent_spells USING btree (extension) WHERE (until IS NULL);

CREATE INDEX ix_agent_spells_since ON agent_spells USING btree (since);

CREATE UNIQUE INDEX ix_alarms_open ON alarms USING btree (pbx, kind) WHERE (cleared_at IS NULL);

CREATE INDEX ix_approvals_expires_at ON approvals USING btree (expires_at);

CREATE INDEX ix_approvals_kind_subject ON approvals USING btree (kind, subject);

CREATE INDEX ix_article_reports_open ON article_reports USING btree (article_id) WHERE (settled_at IS NULL);

CREATE INDEX ix_articles_search ON articles USING gin (search);

CREATE INDEX ix_attachments_actor_id_received_at ON attachments USING btree (actor_id, received_at);

CREATE INDEX ix_attachments_order_id ON attachments USING btree (order_id);

CREATE INDEX ix_blocks_number_key ON blocks USING btree (number_key, id);

CREATE INDEX ix_blocks_open ON blocks USING btree (expires_at) WHERE ((lifted_at IS NULL) AND (refused_at IS NULL));

CREATE INDEX ix_call_commands_linkedid ON call_commands USING btree (linkedid, id);

CREATE INDEX ix_call_events_linkedid ON call_events USING btree (linkedid);

CREATE INDEX ix_call_events_unfolded ON call_events USING btree (pbx) WHERE (NOT folded);

CREATE INDEX ix_callback_tries_callback_id ON callback_tries USING btree (callback_id);

CREATE INDEX ix_callbacks_number ON callbacks USING btree (number);

CREATE INDEX ix_callbacks_open ON callbacks USING btree (place_at) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'dialling'::character varying])::text[]));

CREATE INDEX ix_callbacks_order_id ON callbacks USING btree (order_id);

CREATE INDEX ix_calls_caller_key_started_at ON calls USING btree (caller_key, started_at);

CREATE INDEX ix_calls_caller_ending ON calls USING btree ("right"(caller_key, 4), started_at) WHERE (caller_key ~ '^1[3-9][0-9]{9}$'::text);

CREATE INDEX ix_calls_caller_number_started_at ON calls USING btree (caller_number, started_at);

CREATE INDEX ix_calls_dialled ON calls USING btree (called_number, started_at) WHERE ((direction)::text = 'outbound'::text);

CREATE INDEX ix_calls_live ON calls USING btree (started_at) WHERE (ended_at IS NULL);

CREATE INDEX ix_calls_started_at ON calls USING btree (started_at);

CREATE INDEX ix_citizen_answers_order_id ON citizen_answers USING btree (order_id);

CREATE INDEX ix_crew_actions_order_number ON crew_actions USING btree (order_number);

CREATE INDEX ix_destructions_unremoved ON destructions USING btree (id) WHERE (removed_at IS NULL);

CREATE INDEX ix_roster_entries_ends_at ON roster_entries USING btree (ends_at);

CREATE INDEX ix_evidence_files_order_id ON evidence_files USING btree (order_id);

CREATE INDEX ix_evidence_files_sha256 ON evidence_files USING btree (sha256);

CREATE INDEX ix_extensions_order_id ON extensions USING btree (order_id);

CREATE INDEX ix_follow_ups_due_at ON follow_ups USING btree (due_at) WHERE (ended_at IS NULL);

CREATE INDEX ix_follow_ups_order_id ON follow_ups USING btree (order_id);

CREATE INDEX ix_legs_endpoint_started_at ON legs USING btree (endpoint, started_at);

CREATE INDEX ix_legs_linkedid ON legs USING btree (linkedid);

CREATE INDEX ix_listenings_account_id_recording_id ON listenings USING btree (account_id, recording_id);

CREATE INDEX ix_listenings_linkedid_at ON listenings USING btree (linkedid, at);

CREATE INDEX ix_disclosures_account_id_until_at ON disclosures USING btree (account_id, until_at);

CREATE INDEX ix_disclosures_order_id ON disclosures USING btree (order_id, id);

CREATE INDEX ix_matter_models_used_id ON matter_models USING btree (used, id);

CREATE INDEX ix_notification_attempts_notification_id ON notification_attempts USING btree (notification_id);

CREATE INDEX ix_notifications_begun ON notifications USING btree (channel, address, begun_at) WHERE (begun_at IS NOT NULL);

CREATE INDEX ix_notifications_open ON notifications USING btree (next_try_at) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'held'::character varying])::text[]));

CREATE INDEX ix_notifications_order_id ON notifications USING btree (order_id);

CREATE INDEX ix_notifications_queued_at ON notifications USING btree (queued_at);

CREATE INDEX ix_notifications_state_id ON notifications USING btree (state, id);

CREATE INDEX ix_office_link_uses_link_id ON office_link_uses USING btree (link_id);

CREATE INDEX ix_office_links_order_id ON office_links USING btree (order_id);

CREATE INDEX ix_order_calls_linkedid ON order_calls USING btree (linkedid);

CREATE INDEX ix_order_co_offices_office_code ON order_co_offices USING btree (office_code);

CREATE INDEX ix_due_events_office_code_id ON due_events USING btree (office_code, id);

CREATE INDEX ix_orders_channel_received_at ON orders USING btree (channel, received_at);

CREATE INDEX ix_orders_citizen_phone ON orders USING btree (citizen_phone);

CREATE INDEX ix_orders_confidential ON orders USING btree (id) WHERE confidential;

CREATE INDEX ix_orders_decisions ON orders USING btree (received_at) WHERE ((return_before IS NOT NULL) OR (extension_until_at IS NOT NULL) OR (supervision_due_at IS NOT NULL));

CREATE INDEX ix_orders_family_id ON orders USING btree (family_id);

CREATE INDEX ix_orders_finish_due_at ON orders USING btree (finish_due_at) WHERE (closed_at IS NULL);

CREATE INDEX ix_orders_lead_office_code_id ON orders USING btree (lead_office_code, id);

CREATE INDEX ix_orders_led ON orders USING btree (subject, place_town, received_at) WHERE (accepted_at IS NOT NULL);

CREATE INDEX ix_orders_merged_into_id ON orders USING btree (merged_into_id) WHERE (merged_into_id IS NOT NULL);

CREATE INDEX ix_orders_nearest_limit ON orders USING btree (nearest_limit_at, id) WHERE (closed_at IS NULL);

CREATE INDEX ix_orders_next_due_at ON orders USING btree (next_due_at) WHERE (next_due_at IS NOT NULL);

CREATE INDEX ix_orders_not_indexed ON orders USING btree (id) WHERE (search_text IS NULL);

CREATE INDEX ix_orders_open_place_town ON orders USING btree (place_town, received_at) WHERE (closed_at IS NULL);

CREATE INDEX ix_orders_open_subject ON orders USING btree (subject, received_at) WHERE (closed_at IS NULL);

CREATE INDEX ix_orders_place_town_received_at ON orders USING btree (place_town, received_at);

CREATE INDEX ix_orders_phone_keys ON orders USING gin (phone_keys);

CREATE INDEX ix_orders_phone_endings ON orders USING gin (phone_endings);

CREATE INDEX ix_orders_citizen_name ON orders USING btree (citizen_name, id) WHERE (citizen_name <> ''::text);

CREATE INDEX ix_orders_provisional_year ON orders USING btree (provisional_year, id) WHERE (provisional_year IS NOT NULL);

CREATE INDEX ix_orders_received_at ON orders USING btree (received_at);

CREATE INDEX ix_orders_recount_not_notified ON orders USING btree (id) WHERE (cardinality(recount_not_notified) > 0);

CREATE INDEX ix_orders_search ON orders USING gin (search);

CREATE INDEX ix_orders_split_from_id ON orders USING btree (split_from_id) WHERE (split_from_id IS NOT NULL);

CREATE INDEX ix_orders_state_id ON orders USING btree (state, id);

CREATE INDEX ix_orders_subject_received_at ON orders USING btree (subject, received_at);

CREATE INDEX ix_orders_unit_code_id ON orders USING btree (unit_code, id);

CREATE INDEX ix_practice_runs_account_id ON practice_runs USING btree (account_id, id);

CREATE INDEX ix_precedents_subject_id ON precedents USING btree (subject, id);

CREATE INDEX ix_assignments_open ON assignments USING btree (recipient_kind, recipient_code, id) WHERE ((acknowledged_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX ix_assignments_order_id ON assignments USING btree (order_id);

CREATE INDEX ix_assignments_recipient ON assignments USING btree (recipient_kind, recipient_code, id);

CREATE INDEX ix_reachability_alarms_subject ON reachability_alarms USING btree (subject);

CREATE INDEX ix_reachability_checks_notification_id ON reachability_checks USING btree (notification_id);

CREATE INDEX ix_reachability_checks_subject_id ON reachability_checks USING btree (subject, id);

CREATE INDEX ix_refusals_at ON refusals USING btree (at);

CREATE INDEX ix_replies_marked_at ON replies USING btree (at) WHERE (marks <> '[]'::jsonb);

CREATE INDEX ix_replies_order_id ON replies USING btree (order_id);

CREATE INDEX ix_internal_notes_order_id ON internal_notes USING btree (order_id, id);

CREATE INDEX ix_note_receipts_unread ON note_receipts USING btree (side, order_id) WHERE (read_at IS NULL);

CREATE INDEX ix_returns_order_id ON returns USING btree (order_id);

CREATE INDEX ix_segments_transcript_id ON segments USING btree (transcript_id);

CREATE INDEX ix_transcripts_not_indexed ON transcripts USING btree (id) WHERE (search IS NULL);

CREATE INDEX ix_transcripts_search ON transcripts USING gin (search);

CREATE INDEX ix_custody_periods_dispatched_at ON custody_periods USING btree (dispatched_at);

CREATE INDEX ix_custody_periods_office_code_dispatched_at ON custody_periods USING btree (office_code, dispatched_at);

CREATE INDEX ix_custody_periods_order_id ON custody_periods USING btree (order_id);

CREATE INDEX ix_crew_searches_alarm ON crew_searches USING btree (alarmed_at) WHERE (((state)::text = 'alarmed'::text) AND (alarm_seen_at IS NULL));

CREATE INDEX ix_crew_searches_next_at ON crew_searches USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX ix_crew_searches_order_id ON crew_searches USING btree (order_id);

CREATE INDEX ix_crew_searches_assignment_id ON crew_searches USING btree (assignment_id);

CREATE INDEX ix_unit_statuses_order_id ON unit_statuses USING btree (order_id);

CREATE INDEX ix_unit_statuses_unit_code_id ON unit_statuses USING btree (unit_code, id);

CREATE INDEX ix_supervision_orders_office_code_id ON supervision_orders USING btree (office_code, id);

CREATE INDEX ix_supervision_orders_order_id ON supervision_orders USING btree (order_id);

CREATE INDEX ix_absences_account_id ON absences USING btree (account_id, last_day);

CREATE INDEX ix_absences_stand_in_id ON absences USING btree (stand_in_id, last_day);

CREATE INDEX ix_probe_rounds_at ON probe_rounds USING btree (at);

CREATE INDEX ix_web_push_subscriptions_recipient ON web_push_subscriptions USING btree (recipient_kind, recipient_code);

CREATE INDEX ix_web_sessions_account_id ON web_sessions USING btree (account_id);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON procrastinate_events USING btree (job_id);

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::procrastinate_job_status, 'doing'::procrastinate_job_status]));

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::procrastinate_job_status);

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::procrastinate_job_status);

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON procrastinate_jobs USING btree (queue_name);

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::procrastinate_job_status);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON procrastinate_periodic_defers USING btree (job_id);

CREATE UNIQUE INDEX uq_contacts_open ON contacts USING btree (audience, code, channel, address) WHERE (removed_at IS NULL);

CREATE UNIQUE INDEX uq_follow_ups_open ON follow_ups USING btree (order_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX uq_order_calls_incoming ON order_calls USING btree (linkedid) WHERE ((purpose)::text = 'incoming'::text);

CREATE UNIQUE INDEX uq_orders_former ON orders USING btree (former_system, former_number) WHERE (former_system IS NOT NULL);

CREATE UNIQUE INDEX uq_positions_unit_code_taken_at ON positions USING btree (unit_code, account_id, taken_at);

CREATE UNIQUE INDEX uq_reachability_alarms_open ON reachability_alarms USING btree (subject) WHERE (over_at IS NULL);

CREATE UNIQUE INDEX uq_reachability_checks_open ON reachability_checks USING btree (subject) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX uq_shifts_open ON shifts USING btree (unit_code, account_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX uq_custody_periods_open ON custody_periods USING btree (order_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX uq_crew_searches_open ON crew_searches USING btree (order_id) WHERE ((state)::text = ANY ((ARRAY['running'::character varying, 'alarmed'::character varying])::text[]));

CREATE TRIGGER account_log_append_only BEFORE DELETE OR UPDATE ON account_log FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_of_accounts();

CREATE TRIGGER approval_decisions_append_only BEFORE DELETE OR UPDATE ON approval_decisions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_approvals();

CREATE TRIGGER approvals_append_only BEFORE DELETE OR UPDATE ON approvals FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_approvals();

CREATE TRIGGER article_versions_append_only BEFORE DELETE OR UPDATE ON article_versions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_articles();

CREATE TRIGGER city_versions_append_only BEFORE DELETE OR UPDATE ON city_versions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_city_versions();

CREATE TRIGGER crew_search_actions_append_only BEFORE DELETE OR UPDATE ON crew_search_actions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_crew_search_actions();

CREATE TRIGGER citizen_answers_append_only BEFORE DELETE OR UPDATE ON citizen_answers FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_answers();

CREATE TRIGGER destructions_append_only BEFORE DELETE OR UPDATE ON destructions FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_archive();

CREATE TRIGGER evidence_files_append_only BEFORE DELETE OR UPDATE ON evidence_files FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_evidence();

CREATE TRIGGER listenings_append_only BEFORE DELETE OR UPDATE ON listenings FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_archive();

CREATE TRIGGER disclosures_append_only BEFORE DELETE OR UPDATE ON disclosures FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_disclosures();

CREATE TRIGGER notification_attempts_append_only BEFORE DELETE OR UPDATE ON notification_attempts FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_attempts();

CREATE TRIGGER office_link_uses_append_only BEFORE DELETE OR UPDATE ON office_link_uses FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_uses();

CREATE TRIGGER internal_notes_append_only BEFORE DELETE OR UPDATE ON internal_notes FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_notes();

CREATE TRIGGER order_steps_append_only BEFORE DELETE OR UPDATE ON order_steps FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_history();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::procrastinate_job_status))) EXECUTE FUNCTION procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::procrastinate_job_status)) EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION procrastinate_unlink_periodic_defers_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::procrastinate_job_status))) EXECUTE FUNCTION procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::procrastinate_job_status)) EXECUTE FUNCTION procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER reachability_checks_append_only BEFORE DELETE OR UPDATE ON reachability_checks FOR EACH ROW WHEN ((old.ended_at IS NOT NULL)) EXECUTE FUNCTION refuse_rewriting_checks();

CREATE TRIGGER refusals_append_only BEFORE DELETE OR UPDATE ON refusals FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_of_accounts();

CREATE TRIGGER unit_statuses_append_only BEFORE DELETE OR UPDATE ON unit_statuses FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_statuses();

ALTER TABLE ONLY account_log
    ADD CONSTRAINT fk_account_log_account_id FOREIGN KEY (account_id) REFERENCES accounts(id);

ALTER TABLE ONLY accountability
    ADD CONSTRAINT fk_accountability_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY accountability
    ADD CONSTRAINT fk_accountability_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY approval_decisions
    ADD CONSTRAINT fk_approval_decisions_approval_id_approvals FOREIGN KEY (approval_id) REFERENCES approvals(id);

ALTER TABLE ONLY article_reports
    ADD CONSTRAINT fk_article_reports_article_id FOREIGN KEY (article_id) REFERENCES articles(id);

ALTER TABLE ONLY article_versions
    ADD CONSTRAINT fk_article_versions_article_id FOREIGN KEY (article_id) REFERENCES articles(id);

ALTER TABLE ONLY attachments
    ADD CONSTRAINT fk_attachments_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY callback_tries
    ADD CONSTRAINT fk_callback_tries_callback_id FOREIGN KEY (callback_id) REFERENCES callbacks(id);

ALTER TABLE ONLY callbacks
    ADD CONSTRAINT fk_callbacks_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY crew_search_actions
    ADD CONSTRAINT fk_crew_search_actions_search_id FOREIGN KEY (search_id) REFERENCES crew_searches(id);

ALTER TABLE ONLY citizen_answers
    ADD CONSTRAINT fk_citizen_answers_follow_up_id FOREIGN KEY (follow_up_id) REFERENCES follow_ups(id);

ALTER TABLE ONLY citizen_answers
    ADD CONSTRAINT fk_citizen_answers_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY dispatch_calls
    ADD CONSTRAINT fk_dispatch_calls_assignment_id FOREIGN KEY (assignment_id) REFERENCES assignments(id);

ALTER TABLE ONLY extensions
    ADD CONSTRAINT fk_extensions_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY extensions
    ADD CONSTRAINT fk_extensions_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY follow_ups
    ADD CONSTRAINT fk_follow_ups_notification_id FOREIGN KEY (notification_id) REFERENCES notifications(id);

ALTER TABLE ONLY follow_ups
    ADD CONSTRAINT fk_follow_ups_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY legs
    ADD CONSTRAINT fk_legs_linkedid FOREIGN KEY (linkedid) REFERENCES calls(linkedid) ON DELETE CASCADE;

ALTER TABLE ONLY notification_attempts
    ADD CONSTRAINT fk_notification_attempts_notification_id FOREIGN KEY (notification_id) REFERENCES notifications(id);

ALTER TABLE ONLY notifications
    ADD CONSTRAINT fk_notifications_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY office_link_uses
    ADD CONSTRAINT fk_office_link_uses_link_id FOREIGN KEY (link_id) REFERENCES office_links(id);

ALTER TABLE ONLY office_links
    ADD CONSTRAINT fk_office_links_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY office_links
    ADD CONSTRAINT fk_office_links_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY order_calls
    ADD CONSTRAINT fk_order_calls_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY order_co_offices
    ADD CONSTRAINT fk_order_co_offices_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY order_co_offices
    ADD CONSTRAINT fk_order_co_offices_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY due_events
    ADD CONSTRAINT fk_due_events_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY order_steps
    ADD CONSTRAINT fk_order_steps_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY orders
    ADD CONSTRAINT fk_orders_lead_office_code FOREIGN KEY (lead_office_code) REFERENCES offices(code);

ALTER TABLE ONLY orders
    ADD CONSTRAINT fk_orders_merged_into_id FOREIGN KEY (merged_into_id) REFERENCES orders(id);

ALTER TABLE ONLY orders
    ADD CONSTRAINT fk_orders_responsible_office_code FOREIGN KEY (responsible_office_code) REFERENCES offices(code);

ALTER TABLE ONLY orders
    ADD CONSTRAINT fk_orders_split_from_id FOREIGN KEY (split_from_id) REFERENCES orders(id);

ALTER TABLE ONLY orders
    ADD CONSTRAINT fk_orders_unit_code FOREIGN KEY (unit_code) REFERENCES units(code);

ALTER TABLE ONLY positions
    ADD CONSTRAINT fk_positions_unit_code FOREIGN KEY (unit_code) REFERENCES units(code);

ALTER TABLE ONLY precedents
    ADD CONSTRAINT fk_precedents_return_id FOREIGN KEY (return_id) REFERENCES returns(id);

ALTER TABLE ONLY assignments
    ADD CONSTRAINT fk_assignments_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY reachability_checks
    ADD CONSTRAINT fk_reachability_checks_contact_id FOREIGN KEY (contact_id) REFERENCES contacts(id);

ALTER TABLE ONLY reachability_checks
    ADD CONSTRAINT fk_reachability_checks_notification_id FOREIGN KEY (notification_id) REFERENCES notifications(id);

ALTER TABLE ONLY proposals
    ADD CONSTRAINT fk_proposals_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY replies
    ADD CONSTRAINT fk_replies_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY internal_notes
    ADD CONSTRAINT fk_internal_notes_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY internal_notes
    ADD CONSTRAINT fk_internal_notes_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY note_receipts
    ADD CONSTRAINT fk_note_receipts_note_id FOREIGN KEY (note_id) REFERENCES internal_notes(id);

ALTER TABLE ONLY note_receipts
    ADD CONSTRAINT fk_note_receipts_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY returns
    ADD CONSTRAINT fk_returns_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY returns
    ADD CONSTRAINT fk_returns_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY returns
    ADD CONSTRAINT fk_returns_suggested_office_code FOREIGN KEY (suggested_office_code) REFERENCES offices(code);

ALTER TABLE ONLY saved_filters
    ADD CONSTRAINT fk_saved_filters_account_id FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY segments
    ADD CONSTRAINT fk_segments_transcript_id FOREIGN KEY (transcript_id) REFERENCES transcripts(id) ON DELETE CASCADE;

ALTER TABLE ONLY shifts
    ADD CONSTRAINT fk_shifts_unit_code FOREIGN KEY (unit_code) REFERENCES units(code);

ALTER TABLE ONLY spot_check_picks
    ADD CONSTRAINT fk_spot_check_picks_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY spot_check_picks
    ADD CONSTRAINT fk_spot_check_picks_spot_check_id FOREIGN KEY (spot_check_id) REFERENCES spot_checks(id);

ALTER TABLE ONLY transcripts
    ADD CONSTRAINT fk_transcripts_recording_id FOREIGN KEY (recording_id) REFERENCES recordings(id) ON DELETE CASCADE;

ALTER TABLE ONLY custody_periods
    ADD CONSTRAINT fk_custody_periods_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY custody_periods
    ADD CONSTRAINT fk_custody_periods_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY crew_searches
    ADD CONSTRAINT fk_crew_searches_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY crew_searches
    ADD CONSTRAINT fk_crew_searches_assignment_id FOREIGN KEY (assignment_id) REFERENCES assignments(id);

ALTER TABLE ONLY crew_searches
    ADD CONSTRAINT fk_crew_searches_unit_code FOREIGN KEY (unit_code) REFERENCES units(code);

ALTER TABLE ONLY unit_statuses
    ADD CONSTRAINT fk_unit_statuses_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY unit_statuses
    ADD CONSTRAINT fk_unit_statuses_unit_code FOREIGN KEY (unit_code) REFERENCES units(code);

ALTER TABLE ONLY unsent_texts
    ADD CONSTRAINT fk_unsent_texts_order_id FOREIGN KEY (order_id) REFERENCES orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY former_rows
    ADD CONSTRAINT fk_former_rows_file_id FOREIGN KEY (file_id) REFERENCES former_files(id) ON DELETE CASCADE;

ALTER TABLE ONLY supervision_orders
    ADD CONSTRAINT fk_supervision_orders_office_code FOREIGN KEY (office_code) REFERENCES offices(code);

ALTER TABLE ONLY supervision_orders
    ADD CONSTRAINT fk_supervision_orders_order_id FOREIGN KEY (order_id) REFERENCES orders(id);

ALTER TABLE ONLY web_sessions
    ADD CONSTRAINT fk_web_sessions_account_id FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES procrastinate_jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES procrastinate_workers(id) ON DELETE SET NULL;

ALTER TABLE ONLY procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES procrastinate_jobs(id);
