import { useLocation, useNavigation } from '@remix-run/react'
import {
  BlockStack,
  Card,
  Layout,
  SkeletonBodyText,
  SkeletonDisplayText,
  SkeletonPage,
} from '@shopify/polaris'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { isTable } from './screens.ts'

/** Screens mostly come faster than this; a skeleton that flashes would only unsettle. */
const patienceMs = 250

/** Shows the shape of the screen that is being loaded, once it takes noticeably long. */
export function WhileLoading({ children }: { children: ReactNode }) {
  const { state, location: next } = useNavigation()
  const { pathname } = useLocation()
  const target = state === 'loading' && next.pathname !== pathname ? next.pathname : null
  const [late, setLate] = useState<string | null>(null)
  useEffect(() => {
    if (!target) return
    const timer = setTimeout(() => setLate(target), patienceMs)
    return () => clearTimeout(timer)
  }, [target])
  return target && late === target ? <ScreenSkeleton pathname={target} /> : children
}

function ScreenSkeleton({ pathname }: { pathname: string }) {
  const isEditor = /^\/app\/(rules|sync\/mappings)\/./.test(pathname)
  const isBelow = isEditor || /^\/app\/(activity|settings|sync)\/./.test(pathname)
  return (
    <div aria-busy="true" aria-label="Loading">
      <SkeletonPage
        fullWidth={isTable(pathname)}
        backAction={isBelow}
        primaryAction={pathname === '/app/rules'}
      >
        {isTable(pathname) ? <TableSkeleton /> : <CardsSkeleton count={isEditor ? 3 : 2} />}
      </SkeletonPage>
    </div>
  )
}

function TableSkeleton() {
  return (
    <Card>
      <BlockStack gap="400">
        {Array.from({ length: 8 }, (_, index) => (
          <SkeletonBodyText key={index} lines={1} />
        ))}
      </BlockStack>
    </Card>
  )
}

function CardsSkeleton({ count }: { count: number }) {
  return (
    <Layout>
      <Layout.Section>
        <BlockStack gap="400">
          {Array.from({ length: count }, (_, index) => (
            <Card key={index}>
              <BlockStack gap="400">
                <SkeletonDisplayText size="small" />
                <SkeletonBodyText lines={3} />
              </BlockStack>
            </Card>
          ))}
        </BlockStack>
      </Layout.Section>
    </Layout>
  )
}
