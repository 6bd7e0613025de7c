import type { Markup } from './plain.ts'

/** Takes no room, and parts what would be read as mark-up or as the name of somebody to be called. */
const APART = '\u200b'

/** https://docs.slack.dev/messaging/formatting-message-text: three characters are escaped, the rest has no escape. */
function slackText(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return escaped.replaceAll(/[*_~`@#]/g, (mark) => `${APART}${mark}${APART}`)
}

export const slack: Markup = {
  text: slackText,
  strong: (text) => `*${slackText(text)}*`,
  link: (text, url) => `<${slackUrl(url)}|${slackText(text).replaceAll('|', '¦')}>`,
  heading: (heading) => `*${heading}*`,
  item: (lines) => lines.join('\n'),
  actions: (links) => links.join(' · '),
}

function slackUrl(url: string): string {
  return safeUrl(url).replaceAll('|', '%7C').replaceAll('&', '&amp;')
}

const MARKDOWN = /[\\`*_{}[\]()#+\-.!|>~<]/g

/** Markdown as Mattermost has it, where `@all` calls everybody. */
function markdownText(text: string): string {
  return text
    .replaceAll(MARKDOWN, String.raw`\$&`)
    .replaceAll('@', `@${APART}`)
    .replaceAll(':', `:${APART}`)
}

export const mattermost: Markup = {
  text: markdownText,
  strong: (text) => `**${markdownText(text)}**`,
  link: (text, url) => `[${markdownText(text)}](${safeUrl(url).replaceAll('(', '%28').replaceAll(')', '%29')})`,
  heading: (heading) => `**${heading}**`,
  item: (lines) => lines.join('\n'),
  actions: (links) => links.join(' · '),
}

/** The URL as browsers write it, without what would end it. */
function safeUrl(url: string): string {
  return new URL(url).href.replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll(' ', '%20').replaceAll('\\', '%5C')
}
