-- What hotline.bench.filled_database makes of its temporary tables `begun`, `pieces` and `rare`: orders with everything
-- that hangs on them. A closed order has seven steps, an open one as many as its state needs.

INSERT INTO orders (id, number, channel, state, kind, subject, urgency, title, matter, place_town, place, citizen_name,
    citizen_phone, phone_keys, phone_endings, confidential, lead_office_code, responsible_office_code, unit_code, public_answer, received_at,
    registered_at, limits_from_at, accept_due_at, finish_expected_at, finish_due_at, dispatched_at, accept_final_at,
    next_due_at, accepted_at, replied_at, closed_at, updated_at, step_count, version, search, search_text)
OVERRIDING SYSTEM VALUE
SELECT b.id, b.number, 'hotline', b.state, b.kind, m.code, b.urgency, m.first,
    m.second || CASE WHEN b.rare THEN '，' || r.words ELSE '' END, p.code, p.first || b.house || '号', '示例',
    b.phone, ARRAY[b.phone], ARRAY[right(b.phone, 4)], b.id % 50 = 0, d.office, d.office, CASE WHEN d.office IS NOT NULL THEN b.unit END,
    CASE WHEN d.replied THEN a.second ELSE '' END, b.at, b.at + interval '2 minutes', b.at,
    b.at + interval '1 day', b.at + interval '3 days', b.at + interval '5 days', b.at + interval '3 minutes',
    b.at + interval '4 days', CASE WHEN d.on_hand THEN b.at + interval '5 days' END,
    CASE WHEN d.accepted THEN b.at + interval '2 hours' END, CASE WHEN d.replied THEN b.at + interval '1 day' END,
    CASE WHEN d.final THEN b.at + interval '2 days' END, b.at + interval '2 days', 7, 8,
    to_tsvector('simple', regexp_replace(lower(b.number), '-', ' ', 'g')) || m.search
        || CASE WHEN b.rare THEN r.search ELSE '' END || p.search || to_tsvector('simple', b.house || ' 号')
        || CASE WHEN d.replied THEN a.search ELSE '' END,
    lower(b.number) || E'\n' || m.plain || CASE WHEN b.rare THEN ',' || r.words ELSE '' END || E'\n' || p.plain || b.house
        || '号' || CASE WHEN d.replied THEN E'\n' || a.plain ELSE '' END
FROM begun b CROSS JOIN rare r
JOIN pieces m ON m.sort = 'matters' AND m.n = b.matter
JOIN pieces p ON p.sort = 'places' AND p.n = b.place
JOIN pieces a ON a.sort = 'answers' AND a.n = b.answer
CROSS JOIN LATERAL (SELECT CASE WHEN b.state <> 'registered' THEN b.office END AS office,
    b.state IN ('closed', 'replied', 'in_review', 'follow_up') AS replied,
    b.state NOT IN ('registered', 'dispatched') AS accepted,
    b.state IN ('dispatched', 'accepted', 'in_progress') AS on_hand,
    b.state IN ('closed', 'invalid', 'merged') AS final) d
ORDER BY b.id;

INSERT INTO order_steps (order_id, seq, at, step, from_state, to_state, actor_role, actor_name, reason, details)
SELECT b.id, s.seq, b.at + s.after, s.step, s.before, s.to_state, s.role, '示例', '', '{}'
FROM begun b JOIN (VALUES
    (1, interval '0', 'create', NULL, 'draft', 'system'),
    (2, interval '2 minutes', 'register', 'draft', 'registered', 'agent'),
    (3, interval '3 minutes', 'dispatch', 'registered', 'dispatched', 'system'),
    (4, interval '2 hours', 'accept', 'dispatched', 'accepted', 'office'),
    (5, interval '3 hours', 'start', 'accepted', 'in_progress', 'office'),
    (6, interval '1 day', 'reply', 'in_progress', 'replied', 'office'),
    (7, interval '2 days', 'close', 'follow_up', 'closed', 'system')
) AS s (seq, after, step, before, to_state, role) ON b.state = 'closed' OR s.seq <= 3
ORDER BY b.id, s.seq;

INSERT INTO custody_periods (order_id, office_code, dispatched_at, accept_due_at, finish_due_at, accepted_at, replied_at,
    sent_back, extended, warned, citizen_answered, citizen_solved, citizen_satisfied, ended_at, ended)
SELECT id, lead_office_code, dispatched_at, accept_due_at, finish_due_at, accepted_at, replied_at, 0, 0, 0,
    CASE WHEN id % 3 = 0 THEN true END, CASE WHEN id % 3 = 0 THEN id % 7 <> 0 END,
    CASE WHEN id % 3 = 0 THEN id % 5 <> 0 END, closed_at,
    CASE WHEN closed_at IS NULL THEN NULL WHEN state = 'closed' THEN 'closed' ELSE state END
FROM orders WHERE lead_office_code IS NOT NULL ORDER BY id;

INSERT INTO replies (order_id, at, office_code, actor_name, done, public_answer, found_true, solved)
SELECT o.id, o.replied_at, o.lead_office_code, '示例', a.first, a.second, true, true
FROM orders o JOIN begun b USING (id) JOIN pieces a ON a.sort = 'answers' AND a.n = b.answer
WHERE o.replied_at IS NOT NULL ORDER BY o.id;

INSERT INTO assignments (order_id, recipient_kind, recipient_code, purpose, created_at, delivered_at, acknowledged_at,
    acknowledged_by, via)
SELECT o.id, w.kind, w.code, w.purpose, o.dispatched_at, o.dispatched_at, o.accepted_at,
    CASE WHEN o.accepted_at IS NOT NULL THEN '示例' END, CASE WHEN o.accepted_at IS NOT NULL THEN 'inbox' END
FROM orders o CROSS JOIN LATERAL (VALUES ('office', o.lead_office_code, 'lead'), ('unit', o.unit_code, 'crew'))
    AS w (kind, code, purpose)
WHERE w.code IS NOT NULL ORDER BY o.id;

INSERT INTO calls (linkedid, pbx, direction, state, outcome, caller_number, caller_name, called_number, started_at,
    answered_at, ended_at, answered_by, acted_on, version)
SELECT 'bench-' || id, 'bench', 'inbound', 'ended', 'answered', phone, '', '12345', at, at + interval '8 seconds',
    at + interval '95 seconds', '1001', '[]', 1
FROM begun ORDER BY id;

INSERT INTO order_calls (order_id, linkedid, purpose, added_at)
SELECT id, 'bench-' || id, 'incoming', at FROM begun ORDER BY id;

INSERT INTO recordings (id, linkedid, uniqueid, part, state, far_side, started_at, ended_at)
OVERRIDING SYSTEM VALUE
SELECT id, 'bench-' || id, 'bench-' || id, 'conversation', 'saved', 'caller', at, at + interval '95 seconds'
FROM begun ORDER BY id;

INSERT INTO transcripts (recording_id, state, made_at, text, search, search_text)
SELECT b.id, 'done', b.at, '您好曲阜市马上就办一线通' || m.second || CASE WHEN b.said_rare THEN r.words ELSE '' END || p.first,
    m.search || p.search || CASE WHEN b.said_rare THEN r.search ELSE '' END,
    '您好曲阜市马上就办1线通' || m.plain || CASE WHEN b.said_rare THEN r.words ELSE '' END || p.plain
FROM begun b CROSS JOIN rare r
JOIN pieces m ON m.sort = 'matters' AND m.n = b.matter
JOIN pieces p ON p.sort = 'places' AND p.n = b.place
ORDER BY b.id;
