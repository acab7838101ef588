/** The one shape of every action's form. The editor knows this shape and no action by name. */
import type { ComponentType } from 'react'
import type { FieldProblem } from '../../problem.ts'
import type { Json } from '../../rules/facts.ts'

/** What templates give for the event that the editor shows. */
export interface TemplatePreview {
  /** Undefined while it is not known yet. */
  resultOf(template: string): { text: string | null; error: string | null } | undefined
  variables: { path: string; sample: string }[]
}

export interface ActionFormProps {
  settings: Json
  onChange: (settings: Json) => void
  /** Fields relative to the settings. */
  problems: FieldProblem[]
  preview: TemplatePreview
}

export interface ActionForm {
  /** The action's kind. */
  kind: string
  /** What the menu says. */
  title: string
  /** Settings of a new action. */
  blank: Json
  /** An action that one mostly wants behind it, added along. */
  followedBy?: { kind: string; settings: Json }
  Fields: ComponentType<ActionFormProps>
}
