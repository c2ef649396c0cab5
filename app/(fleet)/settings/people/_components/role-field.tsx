import { SelectField } from '@/app/_components/field'
import { type Role, roleMeanings, roles } from '@/server/auth/vocabulary'

const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text)

export function RoleField({ role, onRole }: { role: Role; onRole: (role: Role) => void }) {
  return (
    <SelectField
      label="Role"
      hint={`${roleMeanings[role]}${role === 'viewer' ? '' : ' And all that comes before.'}`}
      value={role}
      onChange={({ target }) => {
        if (isRole(target.value)) onRole(target.value)
      }}
    >
      {roles.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </SelectField>
  )
}
