import type { ReactNode } from 'react'

/** A page outside the frame, where there is no Polaris: too little went well, or too little is asked. */
export function PlainPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main
      style={{
        maxWidth: '32rem',
        margin: '12vh auto',
        padding: '0 1.5rem',
        font: '16px/1.5 system-ui, sans-serif',
      }}
    >
      <h1 style={{ fontSize: '1.25rem' }}>{title}</h1>
      {children}
    </main>
  )
}
