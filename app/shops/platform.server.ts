/**
 * The parts of Shopify's library that work without a browser: signatures, token renewal, Admin
 * calls. shopify-app-remix keeps its own instance to itself and renews without single flight, so
 * what happens apart from screens goes through this one.
 */
import '@shopify/shopify-api/adapters/web-api'
import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api'
import { config } from '../config.server.ts'
import { log } from '../log.server.ts'

const apiVersion = ApiVersion.October26

/** The Admin API's version that the app is written for. */
export const adminVersion: string = apiVersion

/** What Shopify's libraries have to say, as far as it matters, goes where our log goes. */
export const libraryLog = {
  level: LogSeverity.Warning,
  log: (_severity: LogSeverity, message: string) => log.warn(message),
}

export const platform = shopifyApi({
  apiKey: config.shopify.apiKey,
  apiSecretKey: config.shopify.apiSecret,
  scopes: config.shopify.scopes,
  hostName: new URL(config.shopify.appUrl).host,
  apiVersion,
  isEmbeddedApp: true,
  logger: libraryLog,
})
