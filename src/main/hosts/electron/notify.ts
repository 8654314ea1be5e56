import { Notification } from 'electron'

/**
 * A notification of the operating system.
 * @param show brings the window to the front, when the notification is pressed
 * @returns whether it could be shown
 */
export function notify({ title, text }: { title: string; text: string }, show: () => void): boolean {
  if (!Notification.isSupported()) return false
  const notification = new Notification({ title, body: text })
  notification.on('click', show)
  notification.show()
  return true
}
