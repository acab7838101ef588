/** What a new webhook sends: the envelope that Standard Webhooks recommends (type, timestamp, data). */
export const defaultBody = `{
  "type": {{ metric | json }},
  "timestamp": {{ event.occurred_at | json }},
  "data": {
    "event": {
      "flow": {{ flow | json }},
      "campaign": {{ campaign | json }},
      "outcome": {{ outcome | json }},
      "properties": {{ event.properties | json }}
    },
    "profile": {
      "id": {{ event.profile_id | json }},
      "email": {{ event.email | json }},
      "properties": {{ profile.properties | json }}
    },
    "customer": {
      "id": {{ customer.id | json }},
      "tags": {{ customer.tags | json }}
    }
  }
}`
