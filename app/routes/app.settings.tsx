/** Settings: Klaviyo's key, the webhook, what is kept, privacy requests. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { BlockStack, Page } from '@shopify/polaris'
import {
  renewSigningSecret,
  retireSigningSecret,
  signingSecretsOf,
} from '../actions/signing-secret.server.ts'
import { authenticate } from '../shopify.server.ts'
import { connect, connectionOf, disconnect, testConnection } from '../shops/connection.server.ts'
import { endpointOf, retireSecret, rotateSecret } from '../shops/endpoint.server.ts'
import { privacyRequestsOf } from '../shops/privacy.server.ts'
import { saveSettings, settingsOf } from '../shops/settings.server.ts'
import { done, failed, refused, unknownForm } from '../ui/answer.ts'
import type { Answer } from '../ui/answer.ts'
import { fieldOf } from '../ui/form.ts'
import { ConnectionCard } from '../ui/settings/connection-card.tsx'
import { DataCard } from '../ui/settings/data-card.tsx'
import { MakeCard } from '../ui/settings/make-card.tsx'
import { PrivacyCard } from '../ui/settings/privacy-card.tsx'
import { SettingsSection } from '../ui/settings/settings-section.tsx'
import { SigningCard } from '../ui/settings/signing-card.tsx'
import { WebhookCard } from '../ui/settings/webhook-card.tsx'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const { shop } = session
  const [connection, endpoint, signing, settings, requests] = await Promise.all([
    connectionOf(shop),
    endpointOf(shop),
    signingSecretsOf(shop),
    settingsOf(shop),
    privacyRequestsOf(shop),
  ])
  return {
    connection,
    endpoint,
    signingSecret: signing.secret,
    signingRenewedAt: signing.old?.renewedAt ?? null,
    settings,
    requests,
  }
}

export async function action({ request }: ActionFunctionArgs): Promise<Answer> {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const text = (name: string) => fieldOf(form, name)
  switch (form.get('intent')) {
    case 'connect':
      return connected(session.shop, text('key'))
    case 'test': {
      const tested = await testConnection(session.shop)
      return tested.ok ? done('Klaviyo answers, the key works.') : failed(tested.problem)
    }
    case 'disconnect':
      await disconnect(session.shop)
      return done('Klaviyo is disconnected.')
    case 'rotate': {
      const rotated = await rotateSecret(session.shop)
      if (!rotated.ok) return refused([{ field: 'secret', message: rotated.message }])
      return done('There is a new secret. The old one stays valid until you retire it.')
    }
    case 'retire': {
      const retired = await retireSecret(session.shop, text('secretId'))
      if (!retired.ok) return refused([{ field: 'secret', message: retired.message }])
      return done('The old secret is retired.')
    }
    case 'renew-signing': {
      const renewed = await renewSigningSecret(session.shop)
      if (!renewed.ok) return refused([{ field: 'signing', message: renewed.message }])
      return done('There is a new secret. Webhooks are signed with both until you retire the old.')
    }
    case 'retire-signing': {
      const retired = await retireSigningSecret(session.shop)
      if (!retired.ok) return refused([{ field: 'signing', message: retired.message }])
      return done('The old signing secret is retired.')
    }
    case 'save': {
      const saved = await saveSettings(session.shop, {
        retentionDays: text('retentionDays'),
        tagBudget: text('tagBudget'),
        deletesCodes: form.get('deletesCodes') ?? undefined,
      })
      return saved.ok ? done('Settings saved.') : refused(saved.problems)
    }
    default:
      return unknownForm
  }
}

async function connected(shop: string, key: string): Promise<Answer> {
  const outcome = await connect(shop, key)
  if (outcome.ok) return done(`Connected to ${outcome.connection.account.name}.`)
  return 'field' in outcome ? refused([outcome.field]) : failed(outcome.problem)
}

export default function SettingsPage() {
  const { connection, endpoint, signingSecret, signingRenewedAt, settings, requests } =
    useLoaderData<typeof loader>()
  return (
    <Page
      title="Settings"
      secondaryActions={[{ content: 'Test both sides', url: '/app/settings/health' }]}
    >
      <BlockStack gap={{ xs: '400', md: '600' }}>
        <SettingsSection
          id="klaviyo"
          title="Klaviyo"
          description="The account whose events your rules act on. The key is stored encrypted and never shown again."
        >
          <ConnectionCard connection={connection} />
        </SettingsSection>
        <SettingsSection
          id="webhook"
          title="Webhook"
          description="What a webhook step of a Klaviyo flow needs, to tell the app about the people who pass it."
        >
          <WebhookCard endpoint={endpoint} />
        </SettingsSection>
        <SettingsSection
          id="make"
          title="Make and custom code"
          description="For events that come by way of Make or a program of yours instead of straight from Klaviyo."
        >
          <MakeCard url={endpoint.url} />
        </SettingsSection>
        <SettingsSection
          id="signing"
          title="Signing secret"
          description="What receivers of your rules’ webhooks need, to know that a webhook comes from here."
        >
          <SigningCard secret={signingSecret} renewedAt={signingRenewedAt} />
        </SettingsSection>
        <SettingsSection
          id="data"
          title="Data"
          description="How long the app remembers, and how many tags it may put on a customer."
        >
          <DataCard settings={settings} />
        </SettingsSection>
        <SettingsSection
          id="privacy"
          title="Privacy requests"
          description="What customers asked of your store by way of Shopify. Pass the answer on to whoever asked."
        >
          <PrivacyCard requests={requests} />
        </SettingsSection>
      </BlockStack>
    </Page>
  )
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
