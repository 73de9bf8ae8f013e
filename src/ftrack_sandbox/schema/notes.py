"""Notes with their labels, recipients and attachments, and conversations."""

from typing import Final

TYPES: Final = """
Note
    :required  user_id
    id               uid @noteid
    content          text @text
    date             date
    thread_activity  date @triggerdate
    user_id          key @userid
    author           -> User by user_id @user
    parent_id        text owner
    parent_type      type_name
    in_reply_to_id   key owner @noteparentid
    in_reply_to      -> Note @noteparent
    replies          [Note] by in_reply_to_id @notes
    category_id      key @categoryid
    category         -> NoteCategory
    is_todo          boolean = false
    completed_at     date
    completed_by_id  key
    completed_by     -> User
    recipients       [Recipient] @note_recipients
    note_components  [NoteComponent]
    note_label_links  [NoteLabelLink]
    +metadata

NoteCategory @NoteCategory
    id     uid @categoryid
    name   text
    color  text
    sort   integer = 0

NoteLabel like NoteCategory @NoteCategory

NoteLabelLink
    :key  note_id label_id
    note_id   key owner
    note      -> Note
    label_id  key
    label     -> NoteLabel

NoteComponent
    :key        component_id note_id
    :immutable  thumbnail_url url
    component_id   key
    component      -> Component
    note_id        key owner
    note           -> Note
    url            object computed
    thumbnail_url  object computed

Recipient
    :key  note_id resource_id
    note_id         key owner
    note            -> Note @recipient_note
    resource_id     key
    recipient       -> Resource by resource_id @recipient_resource
    user            -> User by resource_id
    text_mentioned  text

Conversation
    :required  created_by_id created_at
    id            uid
    messages      [Message]
    participants  [Participant]
    +created

Message
    :required  conversation_id created_at created_by_id
    id               uid
    text             text
    conversation_id  key cascade
    conversation     -> Conversation
    +created

Participant
    :required  conversation_id resource_id
    id               uid
    conversation_id  key cascade
    conversation     -> Conversation
    resource_id      key cascade
    resource         -> Resource
    last_visit       date
"""
