/**
 * A scenario for Make that passes events on: Klaviyo's flow posts to a webhook of Make's, Make signs
 * what came and posts it here. Between the two is room for the merchant's own steps. Pure.
 *
 * Make documents no schema of its blueprints; this keeps to modules, versions and fields that
 * scenarios exported from Make have: `gateway:CustomWebHook` 1, `json:TransformToJSON` 1,
 * `util:SetVariables` 1, `http:ActionSendData` 3, `builtin:Break` 1.
 */

/** Where the merchant pastes the endpoint's secret, in the module "Secret and body". */
export const secretPlaceholder = 'PASTE-THE-SECRET-HERE'

/**
 * What Klaviyo's flow webhook action posts to Make: the guide format as a template of Klaviyo's.
 * The id says which events are one and the same; a flow that no metric triggers has no `$event_id`.
 */
export const guideBody = JSON.stringify(
  {
    data: {
      type: 'event',
      id: "{{ person.KlaviyoID }}-{{ event|lookup:'$event_id' }}-converted-1",
      attributes: {
        metric_name: 'Completed Flow',
        profile_id: '{{ person.KlaviyoID }}',
        email: '{{ email }}',
        phone: '{{ person.phone_number }}',
        event_properties: {
          flow_name: 'Win-back',
          branch_outcome: 'converted',
          value: "{{ event|lookup:'$value' }}",
        },
      },
    },
  },
  null,
  2,
)

/** The scenario, ready for Make's "Import blueprint". Holds the endpoint's address and no secret. */
export function makeBlueprint(url: string) {
  return {
    name: 'Klaviyo events to Klaviyo Actions for Shopify',
    flow: [
      {
        id: 1,
        module: 'gateway:CustomWebHook',
        version: 1,
        parameters: { maxResults: 1 },
        mapper: {},
        metadata: {
          ...shownAs('Events from Klaviyo', 0),
          interface: [{ name: 'data', type: 'collection', spec: guideFields }],
        },
      },
      {
        id: 2,
        module: 'json:TransformToJSON',
        version: 1,
        parameters: { space: '' },
        mapper: { object: '{{1.data}}' },
        metadata: shownAs('Event as JSON', 1),
      },
      {
        id: 3,
        module: 'util:SetVariables',
        version: 1,
        parameters: {},
        mapper: {
          scope: 'roundtrip',
          variables: [
            { name: 'secret', value: secretPlaceholder },
            { name: 'body', value: '{"data":{{2.json}}}' },
          ],
        },
        metadata: shownAs('Secret and body', 2),
      },
      {
        id: 4,
        module: 'http:ActionSendData',
        version: 3,
        // Whatever is not 2xx is an error, which the handler below tries again.
        parameters: { handleErrors: true, useNewZLibDeCompress: true },
        mapper: {
          url,
          method: 'post',
          headers: [
            // Signed is the very text that is sent.
            { name: 'X-Klaviyo-Signature', value: '{{sha256(3.body; "hex"; 3.secret)}}' },
          ],
          qs: [],
          bodyType: 'raw',
          contentType: 'application/json',
          data: '{{3.body}}',
          parseResponse: true,
          timeout: '',
          serializeUrl: false,
          shareCookies: false,
          rejectUnauthorized: true,
          followRedirect: false,
          followAllRedirects: false,
          useQuerystring: false,
          gzip: true,
          useMtls: false,
          authUser: '',
          authPass: '',
          ca: '',
        },
        metadata: shownAs('Post to the app', 3),
        onerror: [
          {
            id: 5,
            module: 'builtin:Break',
            version: 1,
            parameters: {},
            mapper: { retry: true, count: '3', interval: '15' },
            metadata: shownAs('Try again in 15 minutes', 4),
          },
        ],
      },
    ],
    metadata: {
      instant: true,
      version: 1,
      scenario: {
        roundtrips: 1,
        maxErrors: 3,
        autoCommit: true,
        autoCommitTriggerLast: true,
        sequential: false,
        confidential: false,
        dataloss: false,
        // Keeps what failed, without which nothing is tried again.
        dlq: true,
        freshVariables: false,
      },
      designer: { orphans: [] },
    },
  }
}

const text = (name: string) => ({ name, type: 'text' })

/** So that Make offers the event's parts to other modules before the first event has come. */
const guideFields = [
  text('type'),
  text('id'),
  {
    name: 'attributes',
    type: 'collection',
    spec: [
      text('metric_name'),
      text('profile_id'),
      text('email'),
      text('phone'),
      {
        name: 'event_properties',
        type: 'collection',
        spec: [text('flow_name'), text('branch_outcome'), text('value')],
      },
    ],
  },
]

/** A name and a place in the row of modules. */
const shownAs = (name: string, place: number) => ({ designer: { name, x: 300 * place, y: 0 } })
