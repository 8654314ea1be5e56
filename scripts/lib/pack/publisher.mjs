// packaging/publisher.json: who publishes a release, and where it finds what it fetches.

/**
 * What of the publisher's file is not filled in, as sentences.
 * @returns `refusal`, or null where packages of this system can be made; `notices` of what packages will lack
 */
export function publisherGaps({ email, homepage, wheels, updates }, platform) {
  const missing = [
    ['email', email],
    ['homepage', homepage]
  ].flatMap(([field, value]) => (value ? [] : [field]))
  const refusal =
    platform === 'linux' && missing.length > 0
      ? `Packages name a publisher whom people can reach: fill in ${missing.join(' and ')} in ` +
        'packaging/publisher.json (docs/releasing.md, "Before the first release").'
      : null
  const unset = [
    ['updates.address', updates?.address],
    ['updates.publicKey', updates?.publicKey]
  ].flatMap(([field, value]) => (value ? [] : [field]))
  const notices = []
  if (!wheels) notices.push('These packages need pip to fetch TensorFlow: wheels in packaging/publisher.json is empty.')
  if (unset.length > 0)
    notices.push(
      `These packages cannot look for updates: ${unset.join(' and ')} in packaging/publisher.json ` +
        `${unset.length > 1 ? 'are' : 'is'} empty.`
    )
  return { refusal, notices }
}
