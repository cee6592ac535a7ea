"""The replay benchmark: do the values that an agent went on to use stay in sight when its past is compressed?"""
