-- What a server of version 0.1 left: history, work that waits, a job whose work had ended, and one that was cut off.

insert into changes (key, kind, entity_type, entity_id, project_id, at, "by", status, from_status, heard) values
    ('created:t1', 'created', 'Task', 't1', 'p1', 1700000000, '{"id": "u1", "username": "nadia", "name": "Nadia"}', null, null, false),
    ('status:1', 'status', 'Task', 't1', 'p1', 1700000100, null, 'Cut', 'In Progress', false),
    ('status:2', 'status', 'Task', 't1', 'p1', 1700000200, null, 'On Hold', 'Cut', false),
    ('status:3', 'status', 'Task', 't1', 'p1', 1700000300, null, 'Cut', 'On Hold', false),
    ('status:4', 'status', 'Task', 't2', 'p1', 1700000300, null, 'Cut', null, false),
    ('known', 'created', 'Task', 't0', 'p1', 1600000000, null, null, null, false),
    ('launch:1', 'launched', 'Task', 't1', 'p1', 1700000400, null, null, null, false),
    ('launch:2', 'launched', 'Task', 't1', 'p1', 1700000500, null, null, null, false);

insert into runs (change_key, automation, lane, project, entity_type, entity_id, entity_name, entity_parent, at, state, due,
    attempts, first_tried, finished, plan, effects, summary, error, arguments, checkpoints, ftrack_job_id, "user", cancelled) values
    ('created:t1', 'create_task_folder', 'p1', 'comet', 'Task', 't1', 'comp', 'SH010', 1700000000, 'done', 0, 1, 1700000001,
        1700000002, null, '[{"kind": "make_folders", "text": "made a folder", "done": true}]', 'Made a folder.', null, null, null, null, null, false),
    ('status:1', 'set_task_thumbnail', 'p1', 'comet', 'Task', 't1', 'comp', 'SH010', 1700000100, 'failed', 0, 3, 1700000101,
        1700000102, null, '[]', '', 'It was refused.', null, null, null, null, false),
    ('status:2', 'set_task_thumbnail', 'p1', 'comet', 'Task', 't1', 'comp', 'SH010', 1700000200, 'running', 0, 1, 1700000201,
        null, '[{"kind": "skip", "reason": "Because."}]', null, '', null, null, null, null, null, false),
    ('status:3', 'set_task_thumbnail', 'p1', 'comet', 'Task', 't1', 'comp', 'SH010', 1700000300, 'waiting', 0, 0, null,
        null, null, null, '', null, null, null, null, null, false),
    ('status:4', 'set_task_thumbnail', 'p1', 'comet', 'Task', 't2', 'light', 'SH010', 1700000300, 'waiting', 1700000900, 2, 1700000301,
        null, null, null, '', 'The storage is away.', null, null, null, null, false),
    ('launch:1', 'upload_media', 'launch:1', 'comet', 'Task', 't1', 'comp', 'SH010', 1700000400, 'waiting', 0, 1, 1700000401,
        null, '[{"state": "done", "sentence": "Published."}]', null, '', null, '{"work": "x", "arguments": {}}', '{"a": 1}', 'j1',
        '{"id": "u1", "username": "nadia", "name": "Nadia"}', false),
    ('launch:2', 'upload_media', 'launch:2', 'comet', 'Task', 't1', 'comp', 'SH010', 1700000500, 'running', 0, 1, 1700000501,
        null, null, null, '', null, '{"work": "x", "arguments": {}}', '{"callboard.begun": 1}', 'j2',
        '{"id": "u1", "username": "nadia", "name": "Nadia"}', false);

insert into lanes (automation, lane, owner, epoch, lease_until) values
    ('create_task_folder', 'p1', null, 4, 1700000003),
    ('set_task_thumbnail', 'p1', 'gone', 7, 1700000204),
    ('upload_media', 'launch:1', null, 1, 1700000402),
    ('upload_media', 'launch:2', 'gone', 1, 1700000502),
    ('', 'watch', 'gone', 9, 1700000502);

insert into cursors (feed, at) values ('Task created', 1700000000), ('TypedContextStatusChange', 1700000300);
insert into sent (run_id, message, at) values (1, '0 nadia', 1700000002);
insert into servers (id, hub, seen) values ('gone', 'connected', 1700000500);
