import { ButtonLink } from './button'
import { PageTitle } from './page-title'

/** An address that leads nowhere, and the way on. */
export function Missing({ what, why }: { what: string; why: string }) {
  return (
    <>
      <PageTitle title={what} sentence={why} />
      <div>
        <ButtonLink href="/hosts" look="primary">
          To the hosts
        </ButtonLink>
      </div>
    </>
  )
}
