import { describeSchedules } from './schedules'

describeSchedules(0)
