interface Money {
  amount: string
  currency: string
}

/** `€1,234.50`; several currencies side by side; nothing earned = a dash. */
export function moneyText(amounts: readonly Money[]): string {
  const texts = amounts.map(({ amount, currency }) =>
    new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(Number(amount)),
  )
  return texts.length > 0 ? texts.join(' + ') : '–'
}
